-- One row a key ring. The document is JSON (docs/secrets.md): key material in it is encrypted under the
-- key-encryption key of the installation, and the whole is authenticated. Version counts the writes.
CREATE SCHEMA IF NOT EXISTS hardening_secrets;

CREATE TABLE hardening_secrets.key_rings (
    ring       text        PRIMARY KEY CHECK (ring ~ '^[a-z][a-z0-9-]{0,63}$'),
    version    bigint      NOT NULL CHECK (version > 0),
    document   bytea       NOT NULL CHECK (octet_length(document) <= 1048576),
    updated_at timestamptz NOT NULL DEFAULT now()
);

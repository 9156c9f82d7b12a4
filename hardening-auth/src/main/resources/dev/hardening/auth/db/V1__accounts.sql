-- Accounts and one-time tokens. The tenant is part of every key.
CREATE SCHEMA IF NOT EXISTS hardening_auth;

CREATE TABLE hardening_auth.accounts (
    tenant_id          text        NOT NULL CHECK (tenant_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    user_id            text        NOT NULL CHECK (user_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    email              text        NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
    email_typed        text        NOT NULL CHECK (length(email_typed) <= 254),
    name               text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    state              text        NOT NULL CHECK (state IN ('UNVERIFIED', 'ACTIVE', 'DISABLED')),
    roles              text[]      NOT NULL,
    password_hash      text        NOT NULL CHECK (length(password_hash) <= 1024),
    credential_version bigint      NOT NULL CHECK (credential_version > 0),
    created_at         timestamptz NOT NULL,
    -- When an account whose address was never proved may be removed.
    pending_until      timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email),
    CHECK ((state = 'UNVERIFIED') = (pending_until IS NOT NULL))
);

CREATE INDEX accounts_pending ON hardening_auth.accounts (pending_until) WHERE pending_until IS NOT NULL;

-- Hashes only: a copy of this table opens nothing. One live token per subject and purpose. No foreign key: a token for
-- an address without an account is written too, so that the two cannot be told apart by time.
CREATE TABLE hardening_auth.one_time_tokens (
    tenant_id          text        NOT NULL,
    user_id            text        NOT NULL,
    purpose            text        NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    token_hash         bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    credential_version bigint      NOT NULL,
    holder             text        NOT NULL,
    tries              integer     NOT NULL DEFAULT 0,
    expires_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, purpose),
    UNIQUE (token_hash)
);

CREATE INDEX one_time_tokens_expiry ON hardening_auth.one_time_tokens (expires_at);

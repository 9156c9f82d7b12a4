-- Sessions: one row for each family of refresh tokens. No token and nothing that could be exchanged for one is in here:
-- a code needs the nonce of the row and a key of the ring.

CREATE SCHEMA IF NOT EXISTS hardening_auth;

CREATE TABLE hardening_auth.sessions (
    family_id       text        NOT NULL PRIMARY KEY,
    tenant_id       text        NOT NULL,
    user_id         text        NOT NULL,
    session_id      text        NOT NULL UNIQUE,
    nonce           bytea       NOT NULL,
    key_id          text        NOT NULL,
    generation      bigint      NOT NULL,
    rotated_at      timestamptz NOT NULL,
    idle_expiry     timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    absolute_expiry timestamptz NOT NULL,
    -- The user's epoch when the session began; a later one in user_epochs ends it.
    epoch           bigint      NOT NULL,
    factors         text        NOT NULL,
    user_agent      text        NOT NULL,
    client_address  text        NOT NULL,
    revoked_at      timestamptz,
    revoked_reason  text,
    -- The transaction that ended it, so that readers of changes can tell what they have not seen yet.
    revoked_xid     xid8,
    -- A day and not an instant: refreshes of one day leave every index alone (heap-only updates).
    purge_on        date        NOT NULL,
    CHECK (generation >= 0),
    CHECK (octet_length(nonce) = 32),
    CHECK (idle_expiry <= absolute_expiry),
    CHECK ((revoked_at IS NULL) = (revoked_xid IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX sessions_by_user ON hardening_auth.sessions (tenant_id, user_id);
CREATE INDEX sessions_by_purge ON hardening_auth.sessions (purge_on);
CREATE INDEX sessions_by_revocation ON hardening_auth.sessions (revoked_xid) WHERE revoked_xid IS NOT NULL;
-- A process that has just begun has no transaction number to go on from and asks by time.
CREATE INDEX sessions_by_revocation_time ON hardening_auth.sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- One row for each user all of whose sessions were ended at once. Numbers come from one sequence, so a row may be
-- removed once no session older than it is left.
CREATE SEQUENCE hardening_auth.user_epoch_numbers;

CREATE TABLE hardening_auth.user_epochs (
    tenant_id   text        NOT NULL,
    user_id     text        NOT NULL,
    epoch       bigint      NOT NULL,
    changed_at  timestamptz NOT NULL,
    reason      text        NOT NULL,
    changed_xid xid8        NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE INDEX user_epochs_by_change ON hardening_auth.user_epochs (changed_xid);
CREATE INDEX user_epochs_by_change_time ON hardening_auth.user_epochs (changed_at);

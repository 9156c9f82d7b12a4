CREATE SCHEMA IF NOT EXISTS hardening_ratelimit;

-- One row for each policy and key. The layout of state is bucket4j's.
-- state is null for an instant only, between the insert and the first update of a new key.
CREATE TABLE hardening_ratelimit.bucket (
    id         text   PRIMARY KEY,
    state      bytea,
    expires_at bigint
);

COMMENT ON COLUMN hardening_ratelimit.bucket.id IS 'v1/<policy>/<key>; may hold account names and addresses';
COMMENT ON COLUMN hardening_ratelimit.bucket.expires_at IS 'epoch milliseconds from which the bucket is full again';

CREATE INDEX bucket_expires_at ON hardening_ratelimit.bucket (expires_at);
CREATE INDEX bucket_empty ON hardening_ratelimit.bucket (id) WHERE state IS NULL;

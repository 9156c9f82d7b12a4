-- Addresses may be sealed. Then email holds a blind index of 128 bits, which no address looks like, email_typed the
-- sealed address, and email_keys names the keys of both, so that rows under older ones are found without opening any.
ALTER TABLE hardening_auth.accounts
    ADD COLUMN email_keys text COLLATE "C" NOT NULL DEFAULT ''
        CHECK (email_keys = '' OR email_keys ~ '^[0-9a-f]{16}:[A-Za-z0-9_-]{11}$'),
    DROP CONSTRAINT accounts_email_check,
    DROP CONSTRAINT accounts_email_typed_check,
    ADD CONSTRAINT accounts_email_check CHECK (
        CASE WHEN email_keys = '' THEN email = lower(email) AND length(email) <= 254
             ELSE email ~ '^bi1:[A-Za-z0-9_-]{22}$' END),
    ADD CONSTRAINT accounts_email_typed_check CHECK (
        length(email_typed) <= CASE WHEN email_keys = '' THEN 254 ELSE 1200 END);

CREATE INDEX accounts_email_keys ON hardening_auth.accounts (email_keys);

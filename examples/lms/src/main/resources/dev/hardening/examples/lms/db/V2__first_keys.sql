-- Which key of a ring was derived from a secret of the installation; a key that is named here and does not come from the
-- present secret came from one that is no longer to be trusted.
CREATE TABLE lms.first_keys (
    ring   text COLLATE "C" PRIMARY KEY,
    key_id text NOT NULL CHECK (key_id ~ '^[0-9a-f]{16}$')
);

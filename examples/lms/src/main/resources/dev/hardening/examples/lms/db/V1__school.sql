-- The domain of the service: tenants, courses, enrolments, submissions, grades.
-- The tenant stands in every key and every query; the policies below are the second wall. They apply to the owner of
-- the tables as well (FORCE); a superuser bypasses every policy, so the service refuses to serve as one. Accounts and what
-- they are in a school belong to hardening_auth: a user is an id here.

CREATE SCHEMA IF NOT EXISTS lms;

CREATE TABLE lms.tenants (
    id           text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    name         text NOT NULL,
    registration text NOT NULL CHECK (registration IN ('open', 'invite')),
    created_at   timestamptz NOT NULL
);

CREATE TABLE lms.courses (
    tenant     text COLLATE "C" NOT NULL REFERENCES lms.tenants (id),
    id         text COLLATE "C" NOT NULL,
    title      text NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX courses_in_order ON lms.courses (tenant, created_at, id);

CREATE TABLE lms.enrolments (
    tenant      text COLLATE "C" NOT NULL,
    course      text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    role        text NOT NULL CHECK (role IN ('student', 'instructor')),
    enrolled_by text COLLATE "C" NOT NULL,
    enrolled_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, course, user_id),
    FOREIGN KEY (tenant, course) REFERENCES lms.courses (tenant, id)
);
CREATE INDEX enrolments_of_user ON lms.enrolments (tenant, user_id);

CREATE TABLE lms.submissions (
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    course     text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, course, id),
    FOREIGN KEY (tenant, course, user_id) REFERENCES lms.enrolments (tenant, course, user_id)
);
CREATE INDEX submissions_in_order ON lms.submissions (tenant, course, created_at, id);

-- A grade is points or a mark; the audit log keeps what it was before.
CREATE TABLE lms.grades (
    tenant     text COLLATE "C" NOT NULL,
    course     text COLLATE "C" NOT NULL,
    submission text COLLATE "C" NOT NULL,
    points     numeric(7, 2),
    mark       text,
    reason     text NOT NULL,
    graded_by  text COLLATE "C" NOT NULL,
    graded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, submission),
    FOREIGN KEY (tenant, course, submission) REFERENCES lms.submissions (tenant, course, id),
    CHECK ((points IS NULL) <> (mark IS NULL))
);

INSERT INTO lms.tenants (id, name, registration, created_at)
VALUES ('main', 'Main', 'open', now())
ON CONFLICT DO NOTHING;

DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['courses', 'enrolments', 'submissions', 'grades'] LOOP
        EXECUTE format('ALTER TABLE lms.%I ENABLE ROW LEVEL SECURITY', relation);
        EXECUTE format('ALTER TABLE lms.%I FORCE ROW LEVEL SECURITY', relation);
        EXECUTE format(
            'CREATE POLICY own_tenant ON lms.%I USING (tenant = current_setting(''lms.tenant'', true))'
                || ' WITH CHECK (tenant = current_setting(''lms.tenant'', true))', relation);
    END LOOP;
    ALTER TABLE lms.tenants ENABLE ROW LEVEL SECURITY;
    ALTER TABLE lms.tenants FORCE ROW LEVEL SECURITY;
    CREATE POLICY own_tenant ON lms.tenants
        USING (id = current_setting('lms.tenant', true))
        WITH CHECK (id = current_setting('lms.tenant', true));
END
$$;

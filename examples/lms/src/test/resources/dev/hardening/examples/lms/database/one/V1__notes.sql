CREATE TABLE test_one.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    text text NOT NULL
);
ALTER TABLE test_one.note ENABLE ROW LEVEL SECURITY;
ALTER TABLE test_one.note FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON test_one.note USING (tenant = current_setting('test.tenant', true));

package dev.hardening.examples.lms.school;

import dev.hardening.testing.TestPostgres;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A role that may use the schema and owns nothing, as the one the service runs as. Needs the database first. */
public final class ServingRole implements BeforeAllCallback, AfterAllCallback {
    /** What a class that uses this migrates. */
    public static final String SCHEMA = "dev/hardening/examples/lms/db/V1__school.sql";

    private static final String PASSWORD = "serving";

    private final TestPostgres postgres;
    private final String name = "serving_" + ProcessHandle.current().pid();

    public ServingRole(TestPostgres postgres) {
        this.postgres = postgres;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        postgres.execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + PASSWORD + "' NOSUPERUSER NOBYPASSRLS");
        grant("lms");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        postgres.execute("DROP OWNED BY " + name + "; DROP ROLE " + name);
    }

    /** Grants what a serving role needs in one more schema. */
    public void grant(String schema) {
        postgres.execute("GRANT USAGE ON SCHEMA " + schema + " TO " + name
                + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + name
                + "; GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + name);
    }

    public DataSource dataSource() {
        return postgres.dataSource(name, PASSWORD);
    }
}

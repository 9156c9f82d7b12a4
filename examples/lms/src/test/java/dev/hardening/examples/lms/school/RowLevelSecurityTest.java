package dev.hardening.examples.lms.school;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Submission.Graded;
import dev.hardening.examples.lms.school.Submissions.Work;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries that forgot their WHERE, run by the roles that a service may have. */
@Tag("database")
@Tag("ASVS-8.4.1")
class RowLevelSecurityTest {
    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    private static final TenantId OTHER = new TenantId("other");
    private static final List<String> TABLES =
            List.of("lms.tenants", "lms.courses", "lms.enrolments", "lms.submissions", "lms.grades");
    private static final String OWNER = "rls_owner_" + ProcessHandle.current().pid();

    @BeforeAll
    static void fillBothSchools() {
        // The service as an ordinary role that owns its tables: what an external database should have.
        POSTGRES.execute("CREATE ROLE " + OWNER + " LOGIN PASSWORD 'owner'; ALTER SCHEMA lms OWNER TO " + OWNER);
        for (String table : TABLES) {
            POSTGRES.execute("ALTER TABLE " + table + " OWNER TO " + OWNER);
        }
        School school = school(SERVING.dataSource());
        Member admin = new Member(Tenants.MAIN, new UserId("admin"));
        school.tenants().create(admin, OTHER, "Other");
        for (TenantId tenant : List.of(Tenants.MAIN, OTHER)) {
            fill(school, tenant);
        }
    }

    @AfterAll
    static void dropRole() {
        POSTGRES.execute("REASSIGN OWNED BY " + OWNER + " TO CURRENT_USER; DROP ROLE " + OWNER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"serving", "owner"})
    void forgottenWhere_withATenantSet_showsThatTenantAlone(String role) {
        Tenancy tenancy = Tenancy.open(source(role));

        for (String table : TABLES) {
            String tenant = table.equals("lms.tenants") ? "id" : "tenant";
            List<String> seen = tenancy.in(
                    OTHER,
                    connection -> Sql.list(
                            connection, row -> row.getString(1), "SELECT DISTINCT " + tenant + " FROM " + table));

            assertEquals(List.of("other"), seen, table);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"serving", "owner"})
    void forgottenWhere_inAWrite_touchesThatTenantAlone(String role) {
        Tenancy tenancy = Tenancy.open(source(role));

        int touched = tenancy.in(OTHER, connection -> Sql.update(connection, "UPDATE lms.courses SET title = 'x'"));

        assertEquals(1, touched);
        assertEquals(1, count("lms.courses WHERE tenant = 'main' AND title = 'course'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"serving", "owner"})
    void write_intoAnotherTenant_isRefused(String role) {
        Tenancy tenancy = Tenancy.open(source(role));

        IllegalStateException refused = assertThrows(
                IllegalStateException.class,
                () -> tenancy.in(
                        OTHER,
                        connection -> Sql.update(
                                connection,
                                "INSERT INTO lms.courses (tenant, id, title, created_by, created_at)"
                                        + " VALUES ('main', 'x', 'x', 'x', now())")));

        assertTrue(refused.getMessage().contains("42501"), refused.getMessage());
    }

    @Test
    void connection_withoutATenant_seesNoRow() throws SQLException {
        try (Connection connection = source("owner").getConnection()) {
            for (String table : TABLES) {
                assertEquals(0, count(connection, table), table);
            }
        }
    }

    @Test
    void connection_afterATransaction_hasForgottenTheTenant() throws SQLException {
        try (Connection connection = source("owner").getConnection()) {
            connection.setAutoCommit(false);
            execute(connection, "SELECT set_config('lms.tenant', 'other', true)");
            assertEquals(1, count(connection, "lms.courses"));
            connection.commit();

            assertEquals(0, count(connection, "lms.courses"));
            connection.rollback();
        }
    }

    @Test
    void transaction_thatFails_leavesTheConnectionClean() throws SQLException {
        try (Connection one = source("serving").getConnection()) {
            Tenancy tenancy = Tenancy.open(new SingleConnection(one));

            assertThrows(
                    UnsupportedOperationException.class,
                    () -> tenancy.in(OTHER, connection -> {
                        Sql.update(connection, "DELETE FROM lms.grades");
                        throw new UnsupportedOperationException();
                    }));
            assertThrows(
                    StackOverflowError.class,
                    () -> tenancy.in(OTHER, connection -> {
                        Sql.update(connection, "DELETE FROM lms.grades");
                        throw new StackOverflowError();
                    }));

            assertTrue(one.getAutoCommit());
            one.setAutoCommit(false);
            execute(one, "SELECT set_config('lms.tenant', 'other', true)");
            assertEquals(1, count(one, "lms.grades"));
            one.rollback();
        }
    }

    @Test
    @Tag("ASVS-13.2.2")
    void open_asARoleThatBypassesThePolicies_isRefused() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> Tenancy.open(POSTGRES.dataSource()));

        assertTrue(refused.getMessage().contains("row-level security"), refused.getMessage());
    }

    private static void fill(School school, TenantId tenant) {
        Member teacher = new Member(tenant, new UserId("teacher"));
        Member student = new Member(tenant, new UserId("student"));
        Course course = value(school.courses().create(teacher, "course"));
        value(school.courses().enrol(teacher, course.id(), student.user(), CourseRole.STUDENT));
        Submission work = value(school.submissions().submit(student, course.id(), "work"));
        Graded graded = new Graded(new Grade.Mark("A"), "good", teacher.user());
        value(school.submissions().grade(teacher, new Work(course.id(), work.id()), graded, change -> {}));
    }

    private static School school(DataSource source) {
        return School.builder()
                .dataSource(source)
                .cursorKey(Secret.of("key"))
                .roles(member -> TenantRole.ADMIN)
                .build();
    }

    private static DataSource source(String role) {
        return role.equals("owner") ? POSTGRES.dataSource(OWNER, "owner") : SERVING.dataSource();
    }

    private static int count(String from) {
        try (Connection connection = POSTGRES.dataSource().getConnection()) {
            return count(connection, from);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static int count(Connection connection, String from) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + from)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static <T> T value(Outcome<T> outcome) {
        return outcome.fold(value -> value, refusal -> {
            throw new AssertionError(refusal);
        });
    }
}

package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a copy of the whole database tells of people's addresses: from before sealing, after it and after a rotation. */
@Tag("slow")
@Tag("database")
class SealedAddressesIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    private static final TestPostgres DATABASE = TestPostgres.empty();

    @TempDir
    private Path folder;

    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());
    private final Map<String, String> variables = new TreeMap<>(WalkIT.external(DATABASE));
    private final Person ada = new Person("ada.canary@school.example", "correct horse battery lane");
    private final Person sam = new Person("Sam.Canary@school.example", "seven quiet herons lane");

    @Test
    @Tag("secrets:E2")
    @Tag("ASVS-13.3.4")
    @Tag("ASVS-14.2.4")
    void dump_always_holdsNoAddress() throws Exception {
        for (String name : List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET")) {
            variables.put(name, secret());
        }
        Path home = folder.resolve("home");
        try (LmsProcess lms = LmsProcess.start(home, variables)) {
            ada.setUp(lms, home).login(lms);
            sam.register(lms).login(lms);
            assertEquals(401, sam.attempt(lms, "wrong password wrong").statusCode());
            assertEquals(List.of(), rowsWithAnAddress());
            assertEquals(0, lms.terminate(), lms.output());
        }

        DATABASE.execute("UPDATE hardening_auth.accounts SET email = 'ada.canary@school.example',"
                + " email_typed = 'ada.canary@school.example', email_keys = '' WHERE name = 'Ada'");
        assertEquals(List.of("hardening_auth.accounts"), rowsWithAnAddress(), "the search does find");
        restarted(home, "rows from before sealing", () -> rowsWithAnAddress().isEmpty());

        String before = keys();
        variables.put("SESSION_SECRET_PREVIOUS", variables.put("SESSION_SECRET", secret()));
        variables.put("ENCRYPTION_KEY_PREVIOUS", variables.put("ENCRYPTION_KEY", secret()));
        restarted(home, "both secrets exchanged", () -> !keys().contains(before) && !keys().contains(","));

        variables.keySet().removeIf(name -> name.endsWith("_PREVIOUS"));
        restarted(home, "the old secrets forgotten", () -> rowsWithAnAddress().isEmpty());
    }

    /** Logs in at once, whatever the housekeeping has done by then, and once more when it is done. */
    private void restarted(Path home, String after, Callable<Boolean> done) throws Exception {
        try (LmsProcess lms = LmsProcess.start(home, variables)) {
            assertKnown(lms, after);
            Eventually.until(SOON, after, done);
            assertKnown(lms, after);
            assertEquals(0, lms.terminate(), lms.output());
        }
    }

    private void assertKnown(LmsProcess lms, String after) {
        assertTrue(ada.login(lms).get(lms, "/api/me").body().contains("ada.canary@school.example"), after);
        assertTrue(sam.login(lms).get(lms, "/api/me").body().contains("Sam.Canary@school.example"), after);
    }

    private String keys() {
        return String.join(",", texts("SELECT DISTINCT email_keys FROM hardening_auth.accounts ORDER BY email_keys"));
    }

    /** The tables that hold an address anywhere, each row read as text. */
    private List<String> rowsWithAnAddress() {
        List<String> found = new ArrayList<>();
        for (String table : texts("SELECT table_schema || '.' || table_name FROM information_schema.tables"
                + " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')")) {
            String dump = String.join("\n", texts("SELECT row::text FROM " + table + " AS row"))
                    .toLowerCase(Locale.ROOT);
            if (dump.contains("canary") || dump.contains("school.example")) {
                found.add(table);
            }
        }
        return found;
    }

    private static List<String> texts(String query) {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    private String secret() {
        return generator.next(SecretSpec.token64()).reveal();
    }
}

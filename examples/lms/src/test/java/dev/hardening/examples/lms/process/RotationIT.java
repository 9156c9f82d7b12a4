package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Keys are turned while the service runs: by an administrator's call, and by somebody at the database. */
@Tag("slow")
@Tag("database")
class RotationIT {
    /** The service reads its rings again every ten seconds. */
    private static final Duration NOTICED = Duration.ofSeconds(20);

    @RegisterExtension
    private static final TestPostgres POSTGRES = TestPostgres.empty();

    @TempDir
    private Path folder;

    /** Each test makes the first administrator of an installation of its own. */
    @BeforeEach
    void emptyDatabase() {
        POSTGRES.execute("DROP SCHEMA IF EXISTS hardening_secrets, hardening_ratelimit, hardening_auth, lms CASCADE");
    }

    @Test
    @Tag("secrets:E5")
    @Tag("ASVS-11.2.2")
    void signingKey_replacedWhileTheServiceRuns_isNoticedWithoutARestart() throws Exception {
        try (LmsProcess lms = LmsProcess.start(home(), variables())) {
            Person admin = new Person("ada@school.example", "correct horse battery staples").setUp(lms, home());
            String first = keyOf(admin.login(lms));
            Person earlier = new Person("ada@school.example", "correct horse battery staples").login(lms);

            HttpResponse<String> begun = admin.post(lms, "/api/admin/keys/signing/rotate");
            assertEquals(202, begun.statusCode(), begun.body());
            String next = Person.text(begun, "nextKey");
            assertEquals(next, Person.text(admin.post(lms, "/api/admin/keys/signing/rotate"), "nextKey"));
            assertTrue(lms.get(lms.http(), "/.well-known/jwks.json", "").body().contains(next));
            assertEquals(first, keyOf(admin.login(lms)), "not used before all know it");

            KeyRing atTheDatabase = ring();
            assertEquals(next, atTheDatabase.unsafePromoteNow(next).id());
            Eventually.until(
                    NOTICED, "the new key signs", () -> keyOf(admin.login(lms)).equals(next));
            // The polling may have spent the limit of a second.
            Eventually.until(
                    NOTICED,
                    "what the key before signed is accepted",
                    () -> earlier.get(lms, "/api/me").statusCode() == 200);

            atTheDatabase.unsafeDisableNow(first);
            Eventually.until(
                    NOTICED,
                    "the old key is refused",
                    () -> earlier.get(lms, "/api/me").statusCode() == 401);
            Eventually.until(
                    NOTICED,
                    "the new key's tokens are accepted",
                    () -> admin.get(lms, "/api/me").statusCode() == 200);
            assertEquals(0, lms.terminate());
        }
    }

    @Test
    @Tag("secrets:E5")
    @Tag("ASVS-11.2.2")
    void signingKey_replacedByTheCommandLine_isNoticedWithoutARestart() throws Exception {
        try (LmsProcess lms = LmsProcess.start(home(), variables())) {
            Person admin = new Person("ada@school.example", "correct horse battery staples").setUp(lms, home());
            String first = keyOf(admin.login(lms));
            Person earlier = new Person("ada@school.example", "correct horse battery staples").login(lms);
            assertTrue(command("list").contains(first));

            String next = added(command("add"));
            Eventually.until(
                    NOTICED,
                    "the next key is published",
                    () -> lms.get(lms.http(), "/.well-known/jwks.json", "")
                            .body()
                            .contains(next));
            command("promote", next, "--now");
            Eventually.until(
                    NOTICED,
                    "a new login is signed by the new key",
                    () -> keyOf(admin.login(lms)).equals(next));
            Eventually.until(
                    NOTICED,
                    "what the key before signed is accepted",
                    () -> earlier.get(lms, "/api/me").statusCode() == 200);

            command("disable", first, "--now");
            Eventually.until(
                    NOTICED,
                    "the old key is refused",
                    () -> earlier.get(lms, "/api/me").statusCode() == 401);
            Eventually.until(
                    NOTICED,
                    "the new key's tokens are accepted",
                    () -> admin.get(lms, "/api/me").statusCode() == 200);
            assertEquals(0, lms.terminate());
        }
    }

    /** A verb of the ring {@code signing}, with the words of docs/lms.md. */
    private String command(String verb, String... words) {
        List<String> all = new ArrayList<>(List.of("ring", verb));
        all.addAll(List.of(words));
        all.addAll(List.of("--ring", "signing", "--json"));
        all.addAll(List.of("--jdbc-url", POSTGRES.jdbcUrl(), "--jdbc-user", POSTGRES.user()));
        if (!POSTGRES.password().isEmpty()) {
            all.addAll(List.of("--jdbc-password-env", "LMS_DATABASE_PASSWORD"));
        }
        all.addAll(
                List.of("--key-env", "ENCRYPTION_KEY", "--env-file", envFile().toString()));
        return new SecretsCommandLine(folder, variables()).run(all);
    }

    private static String added(String json) {
        Matcher key = Pattern.compile("\"event\"\\s*:\\s*\"added\"\\s*,\\s*\"key\"\\s*:\\s*\"([0-9a-f]{16})\"")
                .matcher(json);
        assertTrue(key.find(), json);
        return key.group(1);
    }

    private Path envFile() {
        return home().resolve(".env.development");
    }

    private KeyRing ring() {
        Secret key = EnvFile.open(envFile()).find("ENCRYPTION_KEY").orElseThrow();
        return KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(new JdbcRingStore(POSTGRES.dataSource()))
                .keyEncryptionKey(key)
                .build();
    }

    private static String keyOf(Person person) {
        String header = person.access().substring(0, person.access().indexOf('.'));
        String json = new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8);
        return json.replaceFirst(".*\"kid\":\"([0-9a-f]{16})\".*", "$1");
    }

    private static Map<String, String> variables() {
        return Map.of(
                "LMS_DATABASE_URL", POSTGRES.jdbcUrl(),
                "LMS_DATABASE_USER", POSTGRES.user(),
                "LMS_DATABASE_PASSWORD", POSTGRES.password());
    }

    private Path home() {
        return folder.resolve("data");
    }
}

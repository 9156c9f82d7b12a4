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
import java.util.Base64;
import java.util.Map;
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

    private KeyRing ring() {
        Secret key = EnvFile.open(home().resolve(".env.development"))
                .find("ENCRYPTION_KEY")
                .orElseThrow();
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

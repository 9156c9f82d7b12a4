package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.testing.TestIdentity;
import dev.hardening.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The production profile as a process of its own: TLS, a server of one's own, secrets in a folder. */
@Tag("slow")
@Tag("database")
class ProductionIT {
    @RegisterExtension
    private static final TestPostgres POSTGRES = TestPostgres.empty();

    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());

    @TempDir
    private Path folder;

    @Test
    @Tag("ASVS-12.2.1")
    void production_withAllItAsksFor_servesOverTlsAlone() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        Path home = folder.resolve("home");
        try (LmsProcess lms = LmsProcess.start(home, variables(identity))) {
            URI service = URI.create("https://localhost:" + lms.http().getPort() + "/");
            HttpClient client =
                    HttpClient.newBuilder().sslContext(identity.context()).build();

            HttpResponse<String> page =
                    client.send(HttpRequest.newBuilder(service).build(), HttpResponse.BodyHandlers.ofString());

            assertEquals(200, page.statusCode());
            assertTrue(page.headers().firstValue("Strict-Transport-Security").isPresent());
            assertEquals(200, lms.get(lms.management(), "/health/ready", "").statusCode());
            assertTrue(lms.output().contains("LMS ready on https://lms.school.example"), lms.output());
            assertFalse(Files.exists(home.resolve(".env.development")));
            assertFalse(Files.exists(home.resolve("outbox")));
            assertEquals(0, lms.terminate(), lms.output());
        }
    }

    private Map<String, String> variables(TestIdentity identity) throws Exception {
        Path certificate = folder.resolve("certificate.pem");
        Path key = folder.resolve("key.pem");
        identity.write(certificate, key);
        Map<String, String> variables = new TreeMap<>(Map.of(
                "LMS_PROFILE",
                "production",
                "LMS_PUBLIC_URL",
                "https://lms.school.example",
                "LMS_TLS_CERT",
                certificate.toString(),
                "LMS_TLS_KEY",
                key.toString(),
                "LMS_DATABASE_URL",
                POSTGRES.jdbcUrl(),
                "LMS_DATABASE_USER",
                POSTGRES.user(),
                "LMS_DATABASE_PASSWORD",
                POSTGRES.password().isEmpty() ? secret() : POSTGRES.password(),
                "LMS_SMTP_URL",
                "smtp://lms:" + secret() + "@mail.school.example:587"));
        variables.put("LMS_SECRETS_FOLDER", secrets().toString());
        return variables;
    }

    /** As Docker mounts them: a file a secret, with a line end. */
    private Path secrets() throws Exception {
        Path secrets = Files.createDirectory(folder.resolve("secrets"));
        for (String name : List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET")) {
            Files.writeString(secrets.resolve(name), secret() + "\n");
        }
        return secrets;
    }

    private String secret() {
        return generator.next(SecretSpec.token64()).reveal();
    }
}

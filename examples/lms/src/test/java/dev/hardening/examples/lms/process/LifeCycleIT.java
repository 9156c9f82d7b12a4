package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The life of the real process: start, ready, signals, crash, refusal. */
@Tag("slow")
@Tag("database")
class LifeCycleIT {
    private static final int WRONG_USAGE = 64;
    private static final int WRONG_CONFIGURATION = 78;

    @RegisterExtension
    private static final TestPostgres POSTGRES = TestPostgres.empty();

    @TempDir
    private Path folder;

    @Test
    void service_toldToTerminate_drainsAndLeavesNothing() {
        try (LmsProcess lms = LmsProcess.start(home(), Map.of())) {
            String ready = lms.get(lms.management(), "/health/ready", "").body();
            List.of("ring-signing", "ring-refresh", "ring-sealing")
                    .forEach(ring -> assertTrue(ready.contains(ring), ready));
            assertEquals(200, lms.get(lms.management(), "/health/ready", "").statusCode());

            assertEquals(0, lms.terminate());

            assertFalse(Files.exists(home().resolve("ports.properties")));
            assertEquals(List.of(), lms.servers());
            assertTrue(lms.output().contains("draining"), lms.output());
        }
    }

    @Test
    void readiness_toldByTheManagementPort_meansThatUsersAreServed() throws IOException {
        URI users = URI.create("http://127.0.0.1:" + freePort());
        URI operators = URI.create("http://127.0.0.1:" + freePort());
        Map<String, String> ports = Map.of(
                "LMS_PORT", Integer.toString(users.getPort()),
                "LMS_MANAGEMENT_PORT", Integer.toString(operators.getPort()));
        try (LmsProcess lms = LmsProcess.launch(home(), ports, LmsProcess.jar())) {
            Eventually.until(
                    Duration.ofSeconds(60),
                    "ready",
                    () -> lms.get(operators, "/health/ready", "").statusCode() == 200);

            assertEquals(200, lms.get(users, "/", "").statusCode());

            assertEquals(0, lms.terminate());
        }
    }

    @Test
    void service_toldToTerminateWhileStarting_leavesNoServer() {
        try (LmsProcess lms = LmsProcess.launch(home(), Map.of(), LmsProcess.jar())) {
            Path server = home().resolve("postgres");
            Eventually.until(Duration.ofSeconds(30), "the database is made", () -> Files.exists(server));

            assertEquals(0, lms.terminate(), lms::output);

            assertEquals(List.of(), lms.servers());
            assertFalse(Files.exists(server.resolve("postmaster.pid")));
        }
    }

    @Test
    void service_startedByTheScriptFromElsewhere_endsOnInterrupt() {
        try (LmsProcess lms = LmsProcess.launch(home(), Map.of(), LmsProcess.runScript())) {
            lms.awaitReady();

            assertEquals(0, lms.interrupt());

            assertEquals(List.of(), lms.servers());
            assertFalse(lms.output().contains("Building"), lms.output());
        }
    }

    @Test
    void service_killedAndStartedAgain_isReadyOnTheSameData() throws IOException {
        Path secrets = home().resolve(".env.development");
        try (LmsProcess lms = LmsProcess.start(home(), Map.of())) {
            String before = Files.readString(secrets);
            lms.kill();
            assertFalse(lms.servers().isEmpty(), "the server outlives a killed service");

            try (LmsProcess next = LmsProcess.start(home(), Map.of())) {
                assertEquals(before, Files.readString(secrets));
                assertEquals(0, next.terminate());
                assertEquals(List.of(), next.servers());
            }
        }
    }

    @Test
    void files_ofTheService_areForItsOwnerAlone() throws IOException {
        try (LmsProcess lms = LmsProcess.start(home(), Map.of());
                Stream<Path> all = Files.walk(home())) {
            assertEquals(List.of(), all.filter(LifeCycleIT::openToOthers).toList());
            assertEquals(0, lms.terminate());
        }
    }

    @Test
    void secondProcess_onTheSameFolder_isRefused() {
        try (LmsProcess lms = LmsProcess.start(home(), Map.of());
                LmsProcess second = LmsProcess.launch(home(), Map.of(), LmsProcess.jar())) {
            assertEquals(WRONG_CONFIGURATION, second.awaitEnd());
            assertTrue(second.output().contains("in use by process"), second.output());
            assertEquals(200, lms.get(lms.management(), "/health/live", "").statusCode());
        }
    }

    @Test
    void production_withNothingSet_listsEveryFault() {
        try (LmsProcess lms = LmsProcess.launch(home(), Map.of("LMS_PROFILE", "production"), LmsProcess.jar())) {
            assertEquals(WRONG_CONFIGURATION, lms.awaitEnd());
            for (String name : List.of(
                    "ENCRYPTION_KEY",
                    "JWT_SECRET",
                    "JWT_REFRESH_SECRET",
                    "SESSION_SECRET",
                    "LMS_PUBLIC_URL",
                    "LMS_TLS_CERT",
                    "LMS_DATABASE_URL",
                    "LMS_SMTP_URL")) {
                assertTrue(lms.output().contains(name), lms.output());
            }
            assertFalse(lms.output().contains("\tat "), lms.output());
        }
    }

    @Test
    @Tag("secrets:V2")
    void production_withWeakSecrets_printsNoPartOfThem() {
        Map<String, String> weak = Map.of(
                "ENCRYPTION_KEY", "0f".repeat(32),
                "JWT_SECRET", "Xq7zKw2mXq7zKw2m",
                "JWT_REFRESH_SECRET", "changeme-changeme-changeme-changeme",
                "SESSION_SECRET_PREVIOUS", "hunter2hunter2",
                "LMS_DATABASE_PASSWORD", "qwertz1",
                "LMS_DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/lms?user=owner&password=hunter2",
                "LMS_SMTP_URL", "smtp://robot:letmein1@127.0.0.1:1");
        Map<String, String> variables = new TreeMap<>(weak);
        variables.put("LMS_PROFILE", "production");
        try (LmsProcess lms = LmsProcess.launch(home(), variables, LmsProcess.jar())) {
            assertEquals(WRONG_CONFIGURATION, lms.awaitEnd());
            String output = lms.output();
            weak.forEach((name, value) -> {
                assertTrue(output.contains("- " + name + " "), name + " in " + output);
                String secret = value.replaceAll(".*password=", "").replaceAll(".*://[^:]*:|@.*", "");
                for (int at = 0; at + 4 <= secret.length(); at++) {
                    assertFalse(output.contains(secret.substring(at, at + 4)), output);
                }
            });
        }
    }

    @Test
    void demo_inProduction_isRefused() {
        List<String> command =
                Stream.concat(LmsProcess.jar().stream(), Stream.of("--demo")).toList();
        try (LmsProcess lms = LmsProcess.launch(home(), Map.of("LMS_PROFILE", "production"), command)) {
            assertEquals(WRONG_CONFIGURATION, lms.awaitEnd());
            assertTrue(lms.output().contains("--demo"), lms.output());
        }
    }

    @Test
    void argument_thatMeansNothing_isRefused() {
        List<String> command =
                Stream.concat(LmsProcess.jar().stream(), Stream.of("--dmeo")).toList();
        try (LmsProcess lms = LmsProcess.launch(home(), Map.of(), command)) {
            assertEquals(WRONG_USAGE, lms.awaitEnd());
            assertTrue(lms.output().contains("--dmeo"), lms.output());
        }
    }

    @Test
    void service_onAServerOfOnesOwn_startsNone() {
        Map<String, String> variables = Map.of(
                "LMS_DATABASE_URL", POSTGRES.jdbcUrl(),
                "LMS_DATABASE_USER", POSTGRES.user(),
                "LMS_DATABASE_PASSWORD", POSTGRES.password());
        try (LmsProcess lms = LmsProcess.start(home(), variables)) {
            assertEquals(List.of(), lms.servers());
            assertFalse(Files.exists(home().resolve("postgres")));
            assertEquals(0, lms.terminate());
        }
    }

    private Path home() {
        return folder.resolve("data");
    }

    /** Free a moment ago: which port the service takes must be known before it tells. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean openToOthers(Path path) {
        try {
            boolean link = Files.isSymbolicLink(path);
            return !link
                    && !PosixFilePermissions.toString(Files.getPosixFilePermissions(path))
                            .endsWith("------");
        } catch (IOException gone) {
            return false;
        }
    }
}

package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A first administrator and a student walk through the real process, over HTTP, from an empty folder to a restart. */
@Tag("slow")
@Tag("database")
class WalkIT {
    private static final String MARK = "lms-walk";

    @RegisterExtension
    private static final TestPostgres EXTERNAL = TestPostgres.empty();

    @RegisterExtension
    private static final TestPostgres SHARED = TestPostgres.empty();

    @TempDir
    private Path folder;

    private final Person admin = new Person("ada@school.example", "correct horse battery " + MARK);
    private final Person student = new Person("sam@school.example", "seven quiet herons " + MARK);

    @Test
    void walk_onTheEmbeddedDatabase_survivesARestart() throws Exception {
        walk(Map.of());
    }

    @Test
    void walk_onAnExternalDatabase_survivesARestart() throws Exception {
        walk(external(EXTERNAL));
    }

    @Test
    void processes_onOneDatabaseWithTheSameSecrets_areOneInstallation() throws Exception {
        Path secrets = folder.resolve("shared.env");
        Map<String, String> variables = Stream.concat(
                        external(SHARED).entrySet().stream(),
                        Map.of("LMS_ENV_FILE", secrets.toString()).entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        try (LmsProcess one = LmsProcess.start(folder.resolve("one"), variables);
                LmsProcess other = LmsProcess.start(folder.resolve("other"), variables)) {
            admin.setUp(one, folder.resolve("one")).login(one);

            assertEquals(200, admin.get(other, "/api/me").statusCode(), "a token of one is good at the other");
            admin.refresh(other);
            assertEquals(200, admin.get(one, "/api/me").statusCode());

            assertEquals(204, admin.logout(one));
            assertEquals(401, admin.get(one, "/api/me").statusCode(), "dead at once in the same process");
            Eventually.until(
                    Duration.ofSeconds(2),
                    "dead in the other within 2 s",
                    () -> admin.get(other, "/api/me").statusCode() == 401);
        }
    }

    private void walk(Map<String, String> variables) throws Exception {
        Path home = folder.resolve("home");
        try (LmsProcess lms = LmsProcess.start(home, variables)) {
            admin.setUp(lms, home).login(lms);
            student.register(lms).login(lms);
            teach(lms);
            hitTheLimit(lms);
            endASession(lms);
            List<String> secrets = secrets(home);
            for (String probe : List.of("/health", "/health/live", "/health/ready", "/health/started")) {
                assertEquals(200, lms.get(lms.management(), probe, "").statusCode(), probe);
            }
            assertTrue(lms.get(lms.management(), "/metrics", "").body().contains("hardening_"));
            assertEquals(0, lms.terminate(), lms.output());
            secrets.forEach(value -> assertFalse(lms.output().contains(value), "no secret is printed"));
            readTheAudit(home, secrets);
        }
        try (LmsProcess lms = LmsProcess.start(home, variables)) {
            assertEquals(200, student.login(lms).get(lms, "/api/me").statusCode());
            assertTrue(admin.login(lms).get(lms, "/api/courses").body().contains("Algebra"));
            assertEquals(0, lms.terminate(), lms.output());
        }
    }

    private void teach(LmsProcess lms) {
        HttpResponse<String> created = admin.post(lms, "/api/courses", "title", "Algebra");
        assertEquals(201, created.statusCode(), created.body());
        String course = "/api/courses/" + Person.text(created, "id");
        assertEquals(200, admin.get(lms, course).statusCode());
        assertEquals(404, student.get(lms, course).statusCode(), "what one may not know is not there");
        assertEquals(403, student.post(lms, "/api/courses", "title", "Mine").statusCode());

        String studentId = Person.text(student.get(lms, "/api/me"), "id");
        assertEquals(
                201,
                admin.post(lms, course + "/enrolments", "userId", studentId, "role", "student")
                        .statusCode());
        assertEquals(200, student.get(lms, course).statusCode());
        HttpResponse<String> handedIn = student.post(lms, course + "/submissions", "text", "x = 2");
        assertEquals(201, handedIn.statusCode(), handedIn.body());
        assertTrue(admin.get(lms, course + "/submissions").body().contains("x = 2"));
        String grade = course + "/submissions/" + Person.text(handedIn, "id") + "/grade";
        assertEquals(
                403, student.put(lms, grade, "grade", "A", "reason", "mine").statusCode());
        assertEquals(
                200, admin.put(lms, grade, "grade", "A-", "reason", "well done").statusCode());
        assertTrue(student.get(lms, course + "/submissions").body().contains("\"grade\":\"A-\""));
    }

    /** 20 a second: more than that in one burst is refused, and the time given is enough. */
    private void hitTheLimit(LmsProcess lms) {
        HttpResponse<String> answer = student.get(lms, "/api/me");
        for (int i = 0; i < 200 && answer.statusCode() == 200; i++) {
            answer = student.get(lms, "/api/me");
        }
        assertEquals(429, answer.statusCode());
        assertTrue(answer.headers().firstValue("Content-Type").orElse("").contains("application/problem+json"));
        long seconds = answer.headers().firstValueAsLong("Retry-After").orElseThrow();
        assertTrue(seconds >= 1, "Retry-After is at least a second");
        assertEquals(200, admin.get(lms, "/api/me").statusCode(), "another user is not held back");
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Eventually.until(Duration.ofSeconds(seconds + 5), "the time is over", () -> System.nanoTime() - end >= 0);
        assertEquals(200, student.get(lms, "/api/me").statusCode(), "waiting as told is enough");
    }

    private void endASession(LmsProcess lms) {
        String first = student.refreshToken();
        student.refresh(lms);
        assertEquals(200, student.get(lms, "/api/me").statusCode());
        assertEquals(401, student.attempt(lms, "wrong password wrong").statusCode());
        assertEquals(204, student.logout(lms));
        assertEquals(401, student.get(lms, "/api/me").statusCode(), "the access token is dead");
        assertEquals(401, student.exchange(lms, student.refreshToken()).statusCode());
        assertEquals(401, student.exchange(lms, first).statusCode());
        student.loginWithTheOldToken(lms);
    }

    /** The four of the env file and all that the two people ever typed or were given. */
    private List<String> secrets(Path home) throws Exception {
        List<String> values = Files.readAllLines(home.resolve(".env.development")).stream()
                .filter(line -> line.matches("[A-Z_]+=.+"))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .toList();
        assertEquals(4, values.size());
        return Stream.of(admin.secrets(), student.secrets(), values, List.of(MARK))
                .flatMap(List::stream)
                .toList();
    }

    private void readTheAudit(Path home, List<String> secrets) throws Exception {
        String log = auditLog(home);
        for (String type : List.of(
                "sys_startup",
                "authz_admin",
                "authz_fail",
                "user_created",
                "user_updated",
                "authn_login_success",
                "authn_login_fail",
                "session_created",
                "session_renewed",
                "session_expired",
                "lms.course_created",
                "lms.enrolment_created",
                "lms.submission_created",
                "lms.grade_changed",
                "excess_rate_limit_exceeded",
                "http.request",
                "sys_shutdown")) {
            assertTrue(log.contains("\"type\":\"" + type + "\""), type);
        }
        secrets.forEach(value -> assertFalse(log.contains(value), "the log holds a secret"));
    }

    static String auditLog(Path home) throws Exception {
        StringBuilder log = new StringBuilder();
        try (Stream<Path> files = Files.walk(home.resolve("audit"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                log.append(Files.readString(file));
            }
        }
        return log.toString();
    }

    static Map<String, String> external(TestPostgres database) {
        return Map.of(
                "LMS_DATABASE_URL", database.jdbcUrl(),
                "LMS_DATABASE_USER", database.user(),
                "LMS_DATABASE_PASSWORD", database.password().isEmpty() ? "none" : database.password());
    }
}

package dev.hardening.examples.lms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditLog;
import dev.hardening.examples.lms.config.LmsConfig;
import dev.hardening.examples.lms.database.Access;
import dev.hardening.examples.lms.database.Database;
import dev.hardening.examples.lms.database.Migrations;
import dev.hardening.examples.lms.home.PrivateFiles;
import dev.hardening.examples.lms.mail.Mail;
import dev.hardening.examples.lms.mail.Mailer;
import dev.hardening.examples.lms.service.InstallationRings;
import dev.hardening.examples.lms.service.Meters;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Everything behind the way in, as the process runs it, on a real database; only the time is the test's. */
@Tag("database")
class AssemblyTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.empty();

    private static final Duration FRESH = Duration.ofMinutes(5);
    private static final String ADA = "\"email\":\"ada@school.example\",\"password\":\"correct horse battery staples\"";
    private static final String WRONG =
            "{\"email\":\"nobody@school.example\",\"password\":\"wrong horse battery staples\"}";

    /** Rings do no I/O when they are asked how they stand, so no time is a bound. */
    private static final Deadline NO_DEADLINE = new Deadline() {
        @Override
        public Duration remaining() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void onExpire(AutoCloseable resource) {}

        @Override
        public void step(String step) {}
    };

    @TempDir
    private Path home;

    private final FakeClock clock = FakeClock.create();
    private final Parts parts = new Parts();
    private Assembly assembly;
    private int port;

    @BeforeEach
    void start() throws IOException {
        PrivateFiles.permit(home, "rwx------");
        Start start = new Start(Map.of(), List.of(), clock, new SecureRandom());
        Access access = Access.external(
                POSTGRES.jdbcUrl(),
                Optional.of(POSTGRES.user()),
                Optional.of(POSTGRES.password())
                        .filter(password -> !password.isEmpty())
                        .map(Secret::of));
        Database database = parts.add("database", Database.open(access));
        Migrations.run(access, Wiring.SCHEMAS);
        AuditLog log = parts.add(
                "audit",
                AuditLog.file(home.resolve("audit"))
                        .origin("lms/test")
                        .clock(clock)
                        .open());
        assembly = new Assembly(start, config(), home, database.dataSource());
        assembly.open(parts, new NoMails(), log, parts.add("meters", Meters.create()));
        WebServer server = parts.add("web", assembly.serve(Optional.empty()));
        port = server.port();
        assembly.welcome(line -> {});
    }

    @AfterEach
    void stop() {
        parts.stop();
    }

    @Test
    @Tag("ASVS-7.5.3")
    void rotate_withATokenThatWasOnlyRefreshed_wantsAnotherLogin() throws IOException {
        setUp();
        Reply login = call("/api/auth/login", "", "{" + ADA + "}");
        String access = login.field("accessToken");

        clock.advance(FRESH);
        assertEquals(202, rotate(access).status());
        clock.advance(Duration.ofSeconds(1));
        assertStale(rotate(access));
        Reply refreshed = call("/api/auth/refresh", "", "{\"refreshToken\":\"" + login.field("refreshToken") + "\"}");
        assertEquals(200, refreshed.status());
        assertEquals(200, me(refreshed.field("accessToken")).status());

        assertStale(rotate(refreshed.field("accessToken")));

        clock.advance(Duration.ofMinutes(20));
        Reply again = call("/api/auth/refresh", "", "{\"refreshToken\":\"" + refreshed.field("refreshToken") + "\"}");
        assertEquals(200, again.status());
        assertStale(rotate(again.field("accessToken")));
        String proven = call("/api/auth/login", "", "{" + ADA + "}").field("accessToken");
        assertEquals(202, rotate(proven).status());
    }

    @Test
    @Tag("ratelimit:A18")
    void login_refused_tellsTheWaitAndNoLimit() {
        Reply answer = call("/api/auth/login", "", WRONG);
        for (int attempt = 0; attempt < 20 && answer.status() != 429; attempt++) {
            assertTellsNoLimit(401, answer);
            answer = call("/api/auth/login", "", WRONG);
        }

        assertTellsNoLimit(429, answer);
        assertTrue(Integer.parseInt(answer.header("Retry-After")) >= 1, answer::toString);
    }

    private static void assertTellsNoLimit(int status, Reply reply) {
        assertEquals(status, reply.status(), reply.text());
        assertTrue(
                reply.headerLines().stream()
                        .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains("ratelimit")),
                reply::toString);
    }

    @Test
    void ring_thatCannotBeRead_isSaidByHealth() throws Exception {
        for (String name : InstallationRings.NAMES) {
            assertEquals(CheckResult.Outcome.OK, ring(name).outcome());
            assertTrue(ring(name).data().containsKey("version"), ring(name)::toString);
        }

        POSTGRES.execute("ALTER TABLE hardening_secrets.key_rings RENAME TO away");
        try {
            // A key that nobody knows makes the ring look into its store.
            assertEquals(503, me(tokenOf("0123456789abcdef")).status());

            assertEquals(CheckResult.Outcome.WARN, ring("signing").outcome());
            assertEquals("stale", ring("signing").reason());
            assertEquals("INFRASTRUCTURE", ring("signing").data().get("why"));
        } finally {
            POSTGRES.execute("ALTER TABLE hardening_secrets.away RENAME TO key_rings");
        }
    }

    @Test
    void ring_beforeTheRingsAreOpen_isNoFailure() throws Exception {
        Assembly closed = new Assembly(
                new Start(Map.of(), List.of(), clock, new SecureRandom()), config(), home, POSTGRES.dataSource());

        assertEquals(
                CheckResult.ok().with("open", false), closed.ring("signing").run(NO_DEADLINE));
    }

    private CheckResult ring(String name) throws Exception {
        return assembly.ring(name).run(NO_DEADLINE);
    }

    /** A token that looks like one of the service's, up to its signature. */
    private static String tokenOf(String keyId) {
        String header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" + keyId + "\"}";
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(header.getBytes(StandardCharsets.US_ASCII)) + "."
                + base64.encodeToString("{}".getBytes(StandardCharsets.US_ASCII)) + "."
                + base64.encodeToString(new byte[64]);
    }

    private void setUp() throws IOException {
        String token = Files.readString(home.resolve("setup-token")).strip();
        assertEquals(
                201,
                call("/api/setup", "", "{\"token\":\"" + token + "\"," + ADA + "}")
                        .status());
    }

    private Reply rotate(String token) {
        return call("/api/admin/keys/signing/rotate", token, "");
    }

    private Reply me(String token) {
        return RawHttp.json(port, "GET /api/me", token, "");
    }

    private Reply call(String path, String token, String json) {
        return RawHttp.json(port, "POST " + path, token, json);
    }

    private static void assertStale(Reply reply) {
        assertEquals(401, reply.status());
        assertTrue(
                reply.header("WWW-Authenticate")
                        .contains("error=\"insufficient_user_authentication\", max_age=\"300\""),
                reply.header("WWW-Authenticate"));
    }

    private static LmsConfig config() {
        Map<String, String> variables = new TreeMap<>(Map.of("LMS_PORT", "0"));
        for (String name : List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET")) {
            Secret value = Secret.of("the values of this test alone").derive(name, 32);
            variables.put(name, value.use(HexFormat.of()::formatHex));
        }
        return LmsConfig.read(Schema.Profile.DEVELOPMENT, SecretSource.of(variables));
    }

    /** Nobody reads mails here. */
    private static final class NoMails implements Mailer {
        @Override
        public void send(Mail mail) {}

        @Override
        public void close() {}
    }
}

package dev.hardening.examples.lms.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.capture.AuthAudit;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.auth.Auth;
import dev.hardening.auth.account.AuthNotifier.Notice;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.ServingRole;
import dev.hardening.examples.lms.web.Expect;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.TrustedProxies;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The calls over the real modules, without a process around them. */
@Tag("database")
@Tag("slow")
class LmsWebTest {
    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/secrets/db/V1__key_rings.sql",
            "dev/hardening/auth/db/V1__accounts.sql",
            "dev/hardening/auth/db/V2__sessions.sql",
            "dev/hardening/ratelimit/db/V1__buckets.sql",
            ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    @TempDir
    static Path folder;

    private static final String PASSWORD = "correct horse battery staple 7";
    private static final List<Notice> NOTICES = new CopyOnWriteArrayList<>();
    private static final List<AutoCloseable> RUNNING = new ArrayList<>();

    private static int port;
    private static String setupToken = "";

    @BeforeAll
    static void start() {
        List.of("hardening_secrets", "hardening_auth", "hardening_ratelimit").forEach(SERVING::grant);
        DataSource source = SERVING.dataSource();
        LmsWeb.Settings settings =
                new LmsWeb.Settings(TrustedProxies.of("127.0.0.0/8"), Clock.systemUTC(), new SecureRandom());
        AuditLog log =
                keep(AuditLog.file(folder.resolve("audit")).origin("lms/test").open());
        JdbcAccountStore store = new JdbcAccountStore(source);
        PostgresBucketStore buckets = PostgresBucketStore.create(source);
        List<School> schools = new CopyOnWriteArrayList<>();
        Auth auth = keep(Auth.builder()
                .issuer(URI.create("urn:hardening:lms"))
                .audience("lms")
                .signingKeys(ring("signing", KeyKind.EC_P256, source))
                .refreshKeys(ring("refresh", KeyKind.HMAC_256, source))
                .accountStore(store)
                .oneTimeTokenStore(new JdbcOneTimeTokenStore(source))
                .sessionStore(JdbcSessionStore.create(source))
                .bucketStore(buckets)
                .openTenants(tenant -> schools.get(0).tenants().open(tenant))
                .notifier(NOTICES::add)
                .listener(AuthAudit.of(log))
                .build());
        AccountCalls accounts = new AccountCalls(auth, store);
        School school = LmsWeb.school(source, Secret.of("k".repeat(32)), accounts, settings);
        schools.add(school);
        setupToken =
                auth.accounts().setup().issueFirstToken("here").orElseThrow().reveal();
        LmsWeb.Modules modules =
                new LmsWeb.Modules(auth, accounts, AuthAudit.of(log), log, school, buckets, BucketStores.local());
        port = keep(LmsWeb.start(modules, settings, WebServer.builder().idleTimeout(Duration.ofSeconds(5))))
                .port();
    }

    @AfterAll
    static void stop() throws Exception {
        for (int index = RUNNING.size() - 1; index >= 0; index--) {
            RUNNING.get(index).close();
        }
    }

    @Test
    @Tag("audit:R19")
    void walk_overAllModules_worksAndIsAudited() throws IOException {
        String admin = admin();
        String course = post("/api/courses", admin, "{\"title\":\"Algebra\"}").field("id");
        String student = student();
        String userId = get("/api/me", student).field("id");
        String enrolment = "{\"userId\":\"" + userId + "\",\"role\":\"student\"}";
        assertEquals(
                201,
                post("/api/courses/" + course + "/enrolments", admin, enrolment).status());
        String work = post("/api/courses/" + course + "/submissions", student, "{\"text\":\"42\"}")
                .field("id");
        String grade = "/api/courses/" + course + "/submissions/" + work + "/grade";
        assertEquals(
                200,
                call("PUT", grade, admin, "{\"grade\":\"A\",\"reason\":\"right\"}")
                        .status());

        List<String> types = AuditReader.of(folder.resolve("audit")).find(event -> true).stream()
                .map(event -> event.type())
                .toList();
        for (String type : List.of(
                "http.request",
                "authn_login_success",
                "lms.course_created",
                "lms.enrolment_created",
                "lms.submission_created",
                "lms.grade_changed",
                "user_created")) {
            assertTrue(types.contains(type), type + " in " + types);
        }
        assertFalse(everything().contains(PASSWORD));
        assertFalse(everything().contains(admin));
        assertFalse(everything().contains(setupToken));
    }

    @Test
    void session_ofAUser_endsWithItsLogout() {
        admin();
        Reply login = login("admin@example.org");
        String access = login.field("accessToken");
        Reply renewed = post("/api/auth/refresh", "", refreshBody(login));
        assertEquals(200, renewed.status());

        assertEquals(204, post("/api/auth/logout", "", refreshBody(renewed)).status());

        Expect.problem(401, get("/api/me", access));
        Expect.problem(401, get("/api/me", renewed.field("accessToken")));
        Expect.problem(401, post("/api/auth/refresh", "", refreshBody(renewed)));
    }

    @Test
    void token_thatIsForged_isRefusedByTheFilter() {
        Expect.problem(401, get("/api/me", "eyJhbGciOiJub25lIn0.e30."));
        Expect.problem(401, get("/api/me", ""));
    }

    @Test
    void login_ofNobody_answersAsForAWrongPassword() {
        admin();
        Reply unknown = post("/api/auth/login", "", credentials("nobody@example.org", "x", "main"));
        Reply wrong = post("/api/auth/login", "", credentials("admin@example.org", "x", "main"));
        Reply nowhere = post("/api/auth/login", "", credentials("admin@example.org", PASSWORD, "nowhere"));

        assertEquals(401, unknown.status());
        assertEquals(unknown.text(), wrong.text());
        assertEquals(unknown.text(), nowhere.text());
    }

    @Test
    void register_withAWeakPassword_namesTheRule() {
        Reply refused = post(
                "/api/auth/register", "", "{\"email\":\"weak@example.org\",\"name\":\"W\",\"password\":\"password\"}");

        Expect.problem(422, refused);
        assertTrue(refused.text().contains("{\"field\":\"password\",\"rule\":\"too-short\"}"), refused.text());
    }

    @Test
    @Tag("ratelimit:E3")
    void user_whoAsksTooOften_getsA429WithHeaders() {
        String token = student();
        Reply reply = get("/api/me", token);
        for (int index = 0; index < 60 && reply.status() == 200; index++) {
            reply = get("/api/me", token);
        }

        Expect.problem(429, reply);
        assertEquals("1", reply.header("Retry-After"));
        assertFalse(reply.header("RateLimit").isEmpty());
    }

    @Test
    @Tag("ASVS-3.4.1")
    void answer_behindATrustedTlsProxy_hasStrictTransportSecurity() {
        String request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n";

        Reply reply = RawHttp.send(port, request).orElseThrow();

        assertEquals("max-age=63072000; includeSubDomains", reply.header("Strict-Transport-Security"));
        assertEquals("", get("/", "").header("Strict-Transport-Security"));
    }

    @Test
    void jwks_unchanged_is304() {
        Reply keys = get("/.well-known/jwks.json", "");
        String request = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIf-None-Match: "
                + keys.header("ETag") + "\r\n\r\n";

        Reply again = RawHttp.send(port, request).orElseThrow();

        assertTrue(keys.text().contains("\"kty\":\"EC\""), keys.text());
        assertEquals(304, again.status());
        assertEquals("", again.text());
    }

    private static synchronized String admin() {
        if (!setupToken.isEmpty()) {
            Reply made = post(
                    "/api/setup",
                    "",
                    "{\"token\":\"" + setupToken + "\",\"email\":\"admin@example.org\",\"password\":\"" + PASSWORD
                            + "\"}");
            assertTrue(made.status() == 201 || made.status() == 400, made.text());
        }
        return login("admin@example.org").field("accessToken");
    }

    /** A new student with a verified address, logged in. */
    private static String student() {
        String email = "student" + NOTICES.size() + "@example.org";
        String body = "{\"email\":\"" + email + "\",\"name\":\"S\",\"password\":\"" + PASSWORD + "\"}";
        assertEquals(202, post("/api/auth/register", "", body).status());
        Eventually.until(
                Duration.ofSeconds(10),
                "the mail",
                () -> NOTICES.stream().anyMatch(notice -> notice.to().asTyped().equals(email)));
        Notice.VerifyEmail notice = (Notice.VerifyEmail) NOTICES.stream()
                .filter(one -> one.to().asTyped().equals(email))
                .findFirst()
                .orElseThrow();
        String token = notice.token().reveal();
        assertEquals(
                204,
                post("/api/auth/verify", "", "{\"token\":\"" + token + "\",\"password\":\"" + PASSWORD + "\"}")
                        .status());
        return login(email).field("accessToken");
    }

    private static Reply login(String email) {
        Reply reply = post("/api/auth/login", "", credentials(email, PASSWORD, "main"));
        assertEquals(200, reply.status(), reply.text());
        return reply;
    }

    private static String credentials(String email, String password, String tenant) {
        return "{\"email\":\"" + email + "\",\"password\":\"" + password + "\",\"tenant\":\"" + tenant + "\"}";
    }

    private static String refreshBody(Reply tokens) {
        return "{\"refreshToken\":\"" + tokens.field("refreshToken") + "\"}";
    }

    private static KeyRing ring(String name, KeyKind kind, DataSource source) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new JdbcRingStore(source))
                .keyEncryptionKey(Secret.of("0123456789abcdef".repeat(4)))
                .build();
    }

    private static <T extends AutoCloseable> T keep(T part) {
        RUNNING.add(part);
        return part;
    }

    private static String everything() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return all.toString();
        }
    }

    private static Reply get(String path, String token) {
        return call("GET", path, token, "");
    }

    private static Reply post(String path, String token, String json) {
        return call("POST", path, token, json);
    }

    private static Reply call(String method, String path, String token, String json) {
        return RawHttp.json(port, method + " " + path, token, json);
    }
}

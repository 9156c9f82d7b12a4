package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.capture.AuthAudit;
import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordHasher;
import dev.hardening.auth.session.InMemorySessionStore;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.micrometer.RateLimitMeters;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import dev.hardening.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The start of a lesson: 200 students behind one IPv4 address log in and work, all within a minute, and nobody waits. */
@Tag("slow")
@Tag("database")
@Tag("ratelimit:A24")
class ClassroomTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    private static final TenantId MAIN = new TenantId("main");
    private static final Secret SECRET = Secret.of("0123456789abcdef0123456789abcdef");
    private static final RateLimitMeters METERS = RateLimitMeters.create(new SimpleMeterRegistry());
    private static final String SCHOOL = "198.51.100.7";
    private static final String RIGHT = "a quiet harbour at dawn";
    private static final int STUDENTS = 200;
    private static final int THREADS = 16;
    private static final int EVERY_TENTH = 10;

    /** Nothing is asked, so no time is a bound. */
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
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Integer> refusals = new ConcurrentSkipListMap<>();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lesson_of200BehindOneAddress_isDeniedNothing(boolean onRedis) throws Exception {
        Optional<Secret> redis = Optional.of(Secret.of(REDIS.uri().toString())).filter(address -> onRedis);
        try (LimitStores stores =
                        LimitStores.open(redis, POSTGRES.dataSource(), SECRET, RateLimitListener.none(), METERS);
                Auth auth = auth(stores);
                AuditLog log = AuditLog.file(folder.resolve("audit"))
                        .origin("lms/test")
                        .open()) {
            Limits limits = Limits.create(stores.shared(), stores.members(), RateLimitListener.none());
            Eventually.until(
                    Duration.ofSeconds(10),
                    "Redis is there",
                    () -> stores.check().run(NO_DEADLINE).outcome() == CheckResult.Outcome.OK);
            try (WebServer server = listen(log, auth, limits)) {
                all(number -> lesson(auth, limits, server.port(), "student" + number + "@school.example"));
            }
        }

        assertEquals(Map.of(), refusals);
    }

    private Void lesson(Auth auth, Limits limits, int port, String email) throws Exception {
        note("registration", limits.registration(SCHOOL).outcome().name(), "ALLOWED");
        note("confirmation", limits.confirmation(SCHOOL).outcome().name(), "ALLOWED");
        EmailAddress address = EmailAddress.of(email);
        try (Password password = Password.of(RIGHT)) {
            assertInstanceOf(
                    Setup.Result.Created.class,
                    auth.accounts()
                            .setup()
                            .seed(new Setup.Newcomer(MAIN, address, password, "", Set.of(Account.Role.STUDENT))));
            if (email.hashCode() % EVERY_TENTH == 0) {
                note("a slip", login(auth, address, "something else").kind().name(), "REJECTED");
            }
        }
        LoginResult result = login(auth, address, RIGHT);
        note("login", result.kind().name(), "AUTHENTICATED");
        if (result instanceof LoginResult.Authenticated in) {
            for (String call : List.of("/api/me", "/api/courses", "/api/courses/c1", "/api/courses/c1/submissions")) {
                note(call, send(port, "GET", call, in.tokens().accessToken()), "200");
            }
            for (int text = 0; text < 3; text++) {
                note(
                        "hand in",
                        send(
                                port,
                                "POST",
                                "/api/courses/c1/submissions",
                                in.tokens().accessToken()),
                        "200");
            }
        }
        return null;
    }

    private static LoginResult login(Auth auth, EmailAddress email, String typed) {
        try (Password password = Password.of(typed)) {
            return auth.login().authenticate(new Login.Request(MAIN, email, password, "a browser", SCHOOL));
        }
    }

    private String send(int port, String method, String path, String token) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header("Authorization", "Bearer " + token)
                .header("X-Forwarded-For", SCHOOL)
                .build();
        return Integer.toString(
                client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    private void note(String what, String found, String wanted) {
        if (!found.equals(wanted)) {
            refusals.merge(what + ": " + found, 1, Integer::sum);
        }
    }

    private interface Work {
        Void of(int number) throws Exception;
    }

    private static void all(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> works = IntStream.range(0, STUDENTS)
                    .<Callable<Void>>mapToObj(number -> () -> work.of(number))
                    .toList();
            for (Future<Void> done : threads.invokeAll(works)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static WebServer listen(AuditLog log, Auth auth, Limits limits) {
        Front front = new Front(Limits.clients(List.of("127.0.0.1/32")));
        Answer fine = Answer.of(200, "text/plain", new byte[0]);
        Router router = Router.builder()
                .route("GET", "/api/me", exchange -> fine)
                .route("GET", "/api/courses", exchange -> fine)
                .route("GET", "/api/courses/{id}", exchange -> fine)
                .route("GET", "/api/courses/{id}/submissions", exchange -> fine)
                .route("POST", "/api/courses/{id}/submissions", exchange -> fine)
                .build();
        WebServer.Builder builder = WebServer.builder();
        front.protect(builder, router, new Front.Guards(log, auth, AuthAudit.of(log), limits));
        return builder.start(new Dispatcher(router, request -> "id", failure -> false));
    }

    private static Auth auth(LimitStores stores) {
        return Auth.builder()
                .issuer(URI.create("urn:test"))
                .audience("lms")
                .signingKeys(ring("signing", KeyKind.EC_P256))
                .refreshKeys(ring("refresh", KeyKind.HMAC_256))
                .accountStore(AccountStore.inMemory())
                .oneTimeTokenStore(OneTimeTokenStore.inMemory())
                .sessionStore(InMemorySessionStore.create(Clock.systemUTC()))
                .bucketStore(stores.shared())
                .passwordHasher(new Plain())
                .hashingGate(HashingGate.builder()
                        .maximumQueue(STUDENTS)
                        .maximumWait(Duration.ofSeconds(10))
                        .build())
                .notifier(notice -> {})
                .build();
    }

    private static KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("a key-encryption key of this test, 64 characters, never for use."))
                .build();
    }

    /** Hashes nothing, as the gate has room for all: what a class costs the processor is not the question here. */
    private static final class Plain implements PasswordHasher {
        @Override
        public Password.Hash hash(Password password) {
            return new Password.Hash("=" + password.use(bytes -> new String(bytes, StandardCharsets.UTF_8)));
        }

        @Override
        public boolean matches(Password password, Password.Hash record) {
            return hash(password).text().equals(record.text());
        }

        @Override
        public boolean outdated(Password.Hash record) {
            return false;
        }

        @Override
        public Password.Hash decoy() {
            return new Password.Hash("nobody's");
        }
    }
}

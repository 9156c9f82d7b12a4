package dev.hardening.benchmarks;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.session.LoginContext;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * The roadmap's load on the real example process, on loopback and bounded: a hundred requests at once, then a thousand
 * in a minute, spread over fifty users.
 *
 * <p>The database is a PostgreSQL of the tests (fsync off); every request waits for its audit event on the disk.
 */
final class LmsLoad {
    private static final int USERS = 50;
    private static final int TOGETHER = 100;
    private static final int A_MINUTE = 1_000;
    private static final TenantId TENANT = new TenantId("main");

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Queue<Long> nanos = new ConcurrentLinkedQueue<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();

    private LmsLoad() {}

    static void run() throws Exception {
        TestPostgres postgres = TestPostgres.empty();
        postgres.beforeAll(null);
        Path home = Files.createTempDirectory("lms-load").resolve("home");
        Process lms = start(home, postgres);
        try {
            URI service = address(home, lms);
            List<String> tokens = seed(home, postgres.dataSource());
            LmsLoad load = new LmsLoad();
            load.warm(service, tokens);
            load.together(service, tokens);
            load.steady(service, tokens);
        } finally {
            lms.destroy();
            lms.waitFor(30, TimeUnit.SECONDS);
        }
    }

    private void warm(URI service, List<String> tokens) {
        for (int i = 0; i < 20 * USERS; i++) {
            send(service, tokens.get(i % USERS)).join();
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
        nanos.clear();
        errors.clear();
    }

    private void together(URI service, List<String> tokens) {
        long start = System.nanoTime();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
            answers.add(send(service, tokens.get(i % USERS)));
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        report(TOGETHER + " at once", System.nanoTime() - start);
    }

    private void steady(URI service, List<String> tokens) {
        long gap = Duration.ofMinutes(1).toNanos() / A_MINUTE;
        long start = System.nanoTime();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < A_MINUTE; i++) {
            for (long due = start + i * gap; System.nanoTime() - due < 0; ) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            answers.add(send(service, tokens.get(i % USERS)));
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        report(A_MINUTE + " in a minute", System.nanoTime() - start);
    }

    private CompletableFuture<?> send(URI service, String token) {
        HttpRequest request = HttpRequest.newBuilder(service.resolve("/api/courses"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(10))
                .build();
        long start = System.nanoTime();
        return client.sendAsync(request, HttpResponse.BodyHandlers.discarding()).handle((answer, failure) -> {
            nanos.add(System.nanoTime() - start);
            if (failure != null || answer.statusCode() != 200) {
                errors.add(failure == null ? Integer.toString(answer.statusCode()) : failure.toString());
            }
            return null;
        });
    }

    private void report(String phase, long took) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %s | %s | %s | %s | %d |%n",
                phase,
                took / 1e9,
                millis(sorted, 0.50),
                millis(sorted, 0.95),
                millis(sorted, 0.99),
                millis(sorted, 1),
                errors.size());
        errors.stream().limit(3).forEach(System.out::println);
        nanos.clear();
        errors.clear();
    }

    private static String millis(long[] sorted, double share) {
        int index = Math.max(0, (int) Math.ceil(share * sorted.length) - 1);
        return String.format(Locale.ROOT, "%.1f ms", sorted[index] / 1e6);
    }

    private static Process start(Path home, TestPostgres postgres) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(java.toString(), "-jar", "examples/lms/target/lms.jar")
                .redirectErrorStream(true)
                .redirectOutput(home.resolveSibling("lms.log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "LMS_HOME",
                        home.toString(),
                        "LMS_PORT",
                        "0",
                        "LMS_MANAGEMENT_PORT",
                        "0",
                        "LMS_DATABASE_URL",
                        postgres.jdbcUrl(),
                        "LMS_DATABASE_USER",
                        postgres.user(),
                        "LMS_DATABASE_PASSWORD",
                        "none"));
        return builder.start();
    }

    private static URI address(Path home, Process lms) throws IOException {
        Path ports = home.resolve("ports.properties");
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.exists(ports)) {
            if (!lms.isAlive() || System.nanoTime() - end > 0) {
                throw new IllegalStateException("the service did not start, see " + home.resolveSibling("lms.log"));
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        Properties read = new Properties();
        read.load(Files.newBufferedReader(ports));
        return URI.create("http://127.0.0.1:" + read.getProperty("http"));
    }

    /** Makes the users and a session for each through the modules, as another process of the same installation. */
    private static List<String> seed(Path home, DataSource database) {
        SecretSource secrets = SecretSource.envFile(home.resolve(".env.development"));
        List<String> tokens = new ArrayList<>();
        try (Auth auth = Auth.builder()
                        .issuer(URI.create("urn:hardening:lms"))
                        .audience("lms")
                        .signingKeys(ring("signing", KeyKind.EC_P256, database, secrets))
                        .refreshKeys(ring("refresh", KeyKind.HMAC_256, database, secrets))
                        .accountStore(new JdbcAccountStore(database))
                        .oneTimeTokenStore(new JdbcOneTimeTokenStore(database))
                        .sessionStore(JdbcSessionStore.create(database))
                        .notifier(notice -> {})
                        .build();
                Password password = Password.of("a long enough sentence for a benchmark")) {
            for (int i = 0; i < USERS; i++) {
                Setup.Result.Created made = (Setup.Result.Created) auth.accounts()
                        .setup()
                        .seed(new Setup.Newcomer(
                                TENANT,
                                EmailAddress.parse("user" + i + "@load.example").orElseThrow(),
                                password,
                                "User " + i,
                                Set.of(Account.Role.STUDENT)));
                LoginContext context = LoginContext.password(Clock.systemUTC().instant());
                tokens.add(auth.sessions()
                        .start(TENANT, made.account().id(), context)
                        .accessToken());
            }
        }
        return tokens;
    }

    private static KeyRing ring(String name, KeyKind kind, DataSource database, SecretSource secrets) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new JdbcRingStore(database))
                .keyEncryptionKey(secrets.find("ENCRYPTION_KEY").orElseThrow())
                .build();
    }
}

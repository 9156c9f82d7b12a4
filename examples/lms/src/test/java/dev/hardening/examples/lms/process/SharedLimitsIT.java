package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import dev.hardening.testing.TestPostgres;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two processes on one Redis and one database: what is shared is exact, and what happens while Redis is away. */
@Tag("slow")
@Tag("database")
class SharedLimitsIT {
    @RegisterExtension
    private static final TestPostgres POSTGRES = TestPostgres.empty();

    private static final String REDIS_PASSWORD = "Hn6Jc1GfQd5Yb9Wm";
    private static final int REGISTRATIONS = 60;
    private static final int SHARE = 15;
    private static final int THREADS = 6;
    private static final int GUESSES = 12;
    private static final int ROUNDS = 5;
    private static final Duration BACK = Duration.ofSeconds(2);
    private static final Duration HEALTH = Duration.ofSeconds(20);
    private static final Duration HANGS = Duration.ofSeconds(2);

    private static final Pattern UNANSWERED = Pattern.compile("hardening_ratelimit_decision_seconds_count\\{"
            + "(?=[^}]*policy=\"registration)(?=[^}]*source=\"(?:fallback|none)\")[^}]*} (\\S+)");

    @TempDir
    private Path folder;

    private final Queue<HttpResponse<String>> answers = new ConcurrentLinkedQueue<>();
    private final Queue<AssertionError> lost = new ConcurrentLinkedQueue<>();
    private final Queue<Duration> times = new ConcurrentLinkedQueue<>();
    private final Person admin = new Person("ada@school.example", "correct horse battery staples");
    private final Person student = new Person("sam@school.example", "seven quiet herons");

    @Test
    @Tag("ratelimit:E2")
    @Tag("ratelimit:O2")
    @Tag("ratelimit:O3")
    @Tag("ratelimit:O6")
    void processes_onOneRedis_areExactAndDoNotNeedIt() throws Exception {
        int port = PrivateRedis.freePort();
        Map<String, String> variables = variables(port);
        try (LmsProcess one = LmsProcess.start(folder.resolve("one"), variables)) {
            assertDegraded(one);
            String submissions = course(one) + "/submissions";
            try (PrivateRedis redis = PrivateRedis.startOn(port, "--requirepass", REDIS_PASSWORD);
                    LmsProcess other = LmsProcess.start(folder.resolve("other"), variables)) {
                List<LmsProcess> both = List.of(one, other);
                awaitBack(both);
                ScheduledExecutorService load = load(both);
                try {
                    assertExact(both, "2001:db8:1", "exact over both");

                    redis.kill();
                    assertEquals(2 * SHARE, registered(both, "2001:db8:2::"), "each by its share");
                    assertTrue(unanswered(both) >= 2 * SHARE, "the processes say what the store did not answer");
                    assertHandedIn(both, submissions);
                    assertUserBySharesAlone(both);
                    both.forEach(this::assertGuessesByShareAlone);
                    both.forEach(SharedLimitsIT::assertDegraded);

                    redis.restart();
                    awaitBack(both);
                    assertExact(both, "2001:db8:3", "exact again");
                    assertHandedIn(both, submissions);
                } finally {
                    load.shutdown();
                    assertTrue(load.awaitTermination(20, TimeUnit.SECONDS));
                }
                assertAnswersAllAlong();
                both.forEach(this::assertEndsWithoutTellingThePassword);
            }
        }
    }

    /** An administrator, a student and a course that both are in; gives its path. */
    private String course(LmsProcess lms) throws Exception {
        admin.setUp(lms, folder.resolve("one")).login(lms);
        student.register(lms).login(lms);
        String course = "/api/courses/" + Person.text(admin.post(lms, "/api/courses", "title", "Algebra"), "id");
        String id = Person.text(student.get(lms, "/api/me"), "id");
        assertEquals(
                201,
                admin.post(lms, course + "/enrolments", "userId", id, "role", "student")
                        .statusCode());
        return course;
    }

    /** Requests of a user at both, all the time; each one is one of the limit or beyond it, and nothing else. */
    private ScheduledExecutorService load(List<LmsProcess> both) {
        ScheduledExecutorService load = Executors.newScheduledThreadPool(both.size());
        for (LmsProcess lms : both) {
            ScheduledFuture<?> unused = load.scheduleWithFixedDelay(() -> knock(lms), 0, 20, TimeUnit.MILLISECONDS);
        }
        return load;
    }

    private void knock(LmsProcess lms) {
        try {
            timed(() -> admin.get(lms, "/api/me"));
        } catch (AssertionError failure) {
            lost.add(failure);
        }
    }

    /**
     * Exactly what both together grant, which is promised while the store answers. A round in which it left a question
     * of a registration unanswered, as after a stall of the machine beyond the timeout, says nothing and is gone through
     * again by another network.
     *
     * @param site the first three groups of the networks' addresses, the third one of a single figure
     */
    private void assertExact(List<LmsProcess> both, String site, String what) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            double before = unanswered(both);
            long granted = registered(both, site + round + "::");
            if (unanswered(both) == before) {
                assertEquals(REGISTRATIONS, granted, what);
                return;
            }
        }
        fail("the store did not answer throughout in any of " + ROUNDS + " rounds: " + what);
    }

    /** Questions about registrations that were answered without the store, or not at all, in the processes' own words. */
    private static double unanswered(List<LmsProcess> both) {
        return both.stream()
                .map(lms -> lms.get(lms.management(), "/metrics", "").body())
                .flatMap(metrics -> UNANSWERED.matcher(metrics).results())
                .mapToDouble(count -> Double.parseDouble(count.group(1)))
                .sum();
    }

    /** How many of many more requests than both together grant were not refused; a new token comes once a minute. */
    private long registered(List<LmsProcess> both, String network) throws Exception {
        List<Integer> statuses = inParallel(2 * REGISTRATIONS + THREADS, number -> {
            LmsProcess lms = both.get(number % both.size());
            String body = Person.body("email", "nobody" + number + "@" + network.replace(':', 'x') + ".example");
            return timed(() -> lms.send(HttpRequest.newBuilder(lms.http().resolve("/api/auth/resend"))
                    .header("Content-Type", "application/json")
                    .header("X-Forwarded-For", network + Integer.toHexString(number + 1))
                    .POST(HttpRequest.BodyPublishers.ofString(body))));
        });
        assertEquals(Set.of(202, 429), new TreeSet<>(statuses));
        return statuses.stream().filter(status -> status == 202).count();
    }

    private void assertHandedIn(List<LmsProcess> both, String path) throws Exception {
        List<Integer> statuses = inParallel(20, number -> {
            LmsProcess lms = both.get(number % both.size());
            return timed(() -> student.post(lms, path, "text", "x = " + number));
        });
        assertEquals(Set.of(201), new TreeSet<>(statuses));
    }

    /** A quarter of 20 and what comes back in the time, in each process. */
    private void assertUserBySharesAlone(List<LmsProcess> both) throws Exception {
        long start = System.nanoTime();
        List<Integer> statuses =
                inParallel(200, number -> timed(() -> student.get(both.get(number % both.size()), "/api/me")));
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals(Set.of(200, 429), new TreeSet<>(statuses));
        long admitted = statuses.stream().filter(status -> status == 200).count();
        assertTrue(admitted >= 2 * 5 && admitted <= 2 * (5 + 5 * seconds), admitted + " in " + seconds + " s");
    }

    /** Two of the five free failures and what waiting gives back; no guess goes uncounted, and none meets a 503. */
    private void assertGuessesByShareAlone(LmsProcess lms) {
        long start = System.nanoTime();
        List<Integer> statuses = new ArrayList<>();
        for (int guess = 0; guess < GUESSES; guess++) {
            statuses.add(student.attempt(lms, "seven loud herons").statusCode());
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals(Set.of(401, 429), new TreeSet<>(statuses));
        assertEquals(401, statuses.get(0), "the first is tried");
        long tried = statuses.stream().filter(status -> status == 401).count();
        assertTrue(tried <= 2 + seconds / 10, () -> statuses + " in " + seconds + " s");
    }

    /** Told to operators, at the next look of health, and no reason to take the process out of service. */
    private static void assertDegraded(LmsProcess lms) {
        Eventually.until(
                HEALTH,
                "told as degraded",
                () -> ready(lms)
                        .body()
                        .contains("{\"name\":\"limits\",\"status\":\"UP\",\"data\":{\"degraded\":true}}"));
        assertEquals(200, ready(lms).statusCode());
    }

    private static HttpResponse<String> ready(LmsProcess lms) {
        return lms.get(lms.management(), "/health/ready", "");
    }

    /** Within 2 s of Redis, as each process itself says it; then a quota is shared again. */
    private void awaitBack(List<LmsProcess> both) {
        Eventually.until(
                BACK,
                "both are back",
                () -> both.stream().allMatch(lms -> {
                    admin.get(lms, "/api/me");
                    return lms.get(lms.management(), "/metrics", "")
                            .body()
                            .contains("hardening_ratelimit_store_up{store=\"redis\"} 1.0");
                }));
    }

    private void assertAnswersAllAlong() {
        assertEquals(List.of(), List.copyOf(lost));
        Set<Integer> statuses = new TreeSet<>();
        answers.forEach(answer -> statuses.add(answer.statusCode()));
        assertTrue(Set.of(200, 201, 202, 429).containsAll(statuses), statuses::toString);
        assertTrue(
                times.stream().allMatch(time -> time.compareTo(HANGS) < 0),
                () -> times.stream().max(Duration::compareTo).toString());
    }

    private void assertEndsWithoutTellingThePassword(LmsProcess lms) {
        String told =
                ready(lms).body() + lms.get(lms.management(), "/metrics", "").body();
        assertTrue(told.contains("hardening_ratelimit_store_broken_buckets_total{store=\"redis\"} 0.0"), told);
        assertTrue(told.contains("hardening_ratelimit_clock_skew_seconds{store=\"redis\"} "), told);
        assertEquals(0, lms.terminate(), lms.output());
        assertFalse((told + lms.output()).contains(REDIS_PASSWORD));
    }

    private int timed(Callable<HttpResponse<String>> call) {
        long start = System.nanoTime();
        try {
            HttpResponse<String> answer = call.call();
            answers.add(answer);
            return answer.statusCode();
        } catch (Exception failure) {
            throw new AssertionError("no answer", failure);
        } finally {
            times.add(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static List<Integer> inParallel(int requests, IntFunction<Integer> request) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Integer>> works = IntStream.range(0, requests)
                    .<Callable<Integer>>mapToObj(number -> () -> request.apply(number))
                    .toList();
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> done : threads.invokeAll(works)) {
                statuses.add(done.get());
            }
            return statuses;
        } finally {
            threads.shutdownNow();
        }
    }

    private Map<String, String> variables(int port) {
        Map<String, String> variables = new TreeMap<>(WalkIT.external(POSTGRES));
        variables.put("LMS_ENV_FILE", folder.resolve("shared.env").toString());
        variables.put("LMS_REDIS_URL", "redis://:" + REDIS_PASSWORD + "@127.0.0.1:" + port + "/0");
        variables.put("LMS_TRUSTED_PROXIES", "127.0.0.1/32");
        return variables;
    }
}

package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FaultyProxy;
import dev.hardening.testing.PrivateRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class RedisOutageTest {
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 1_000_000, Duration.ofHours(1)));

    private static RedisBucketStore to(int port) {
        return RedisBucketStore.builder("redis://127.0.0.1:" + port)
                .requestTimeout(TIMEOUT)
                .build();
    }

    private static void untilItAnswers(Space space) {
        Eventually.until(DEADLINE, "the store answers", () -> space.take("k", 1).granted());
    }

    /** At most twice the request timeout; the rest is for a busy machine. */
    private static void requireUnavailableInTime(Space space, String key) {
        long begin = System.nanoTime();
        assertThrows(RateLimitUnavailableException.class, () -> space.take(key, 1));
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(took < 2 * TIMEOUT.toMillis(), "took " + took + " ms");
    }

    @Test
    @Tag("ratelimit:O6")
    void build_redisAbsent_startsAndConnectsOnceItIsThere() {
        int port = PrivateRedis.freePort();
        try (RedisBucketStore store = to(port)) {
            Space space = store.open("absent", LIMITS);
            requireUnavailableInTime(space, "k");
            assertFalse(store.status().connected());

            try (PrivateRedis redis = PrivateRedis.startOn(port)) {
                untilItAnswers(space);
                assertTrue(redis.command("DBSIZE").startsWith(":1"));
            }
        }
    }

    @Test
    @Tag("ratelimit:O1")
    void take_killedAndRestarted_failsFastAndComesBack() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("killed", LIMITS);
            untilItAnswers(space);

            redis.kill();
            Eventually.until(DEADLINE, "the loss is seen", () -> !store.status().connected());
            long begin = System.nanoTime();
            for (int call = 0; call < 1_000; call++) {
                assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            }
            assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(1), "a call without a connection waits");

            redis.restart();
            untilItAnswers(space);
            assertTrue(store.status().connections() >= 2);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_serverPaused_noThreadWaitsLongerThanTwiceTheTimeout() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("paused", LIMITS);
            untilItAnswers(space);
            redis.pause();

            int unavailable = Parallel.count(16, 8, () -> {
                requireUnavailableInTime(space, "k" + Thread.currentThread().getId() % 4);
                return true;
            });

            assertEquals(16 * 8, unavailable);
            redis.resume();
            untilItAnswers(space);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_networkGoneSilent_isConnectedAnew() {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy network = FaultyProxy.to(redis.port());
                RedisBucketStore store = to(network.port())) {
            Space space = store.open("silent", LIMITS);
            untilItAnswers(space);
            network.swallow();

            Eventually.until(DEADLINE, "the silent connection is given up", () -> {
                requireUnavailableInTime(space, "k");
                return !store.status().connected();
            });
            network.heal();

            untilItAnswers(space);
            assertTrue(network.connections() >= 2);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_networkHalfClosedOrCut_comesBack() {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy network = FaultyProxy.to(redis.port());
                RedisBucketStore store = to(network.port())) {
            Space space = store.open("cut", LIMITS);
            untilItAnswers(space);

            network.halfClose();
            Eventually.until(
                    DEADLINE, "a second connection", () -> store.status().connections() == 2);
            untilItAnswers(space);
            network.cut();
            Eventually.until(
                    DEADLINE, "a third connection", () -> store.status().connections() == 3);
            untilItAnswers(space);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_memoryFull_isUnavailableAndNeverThrowsAnythingElse() {
        try (PrivateRedis redis = PrivateRedis.start("--maxmemory", "1mb", "--maxmemory-policy", "noeviction");
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("full", LIMITS);

            Eventually.until(DEADLINE, "memory is full", () -> {
                assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
                return store.status().connected();
            });
            redis.command("CONFIG", "SET", "maxmemory", "0");

            untilItAnswers(space);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_readOnlyReplica_isUnavailableUntilItIsTheMaster() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("replica", LIMITS);
            untilItAnswers(space);
            redis.command("CONFIG", "SET", "replica-serve-stale-data", "yes");
            redis.command("REPLICAOF", "127.0.0.1", Integer.toString(PrivateRedis.freePort()));

            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            redis.command("REPLICAOF", "NO", "ONE");

            untilItAnswers(space);
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void take_passwordMissingOrWrong_isUnavailableAndTellsNoPassword() {
        try (PrivateRedis redis = PrivateRedis.start("--requirepass", "open-sesame")) {
            for (String user : List.of("", "default:shibboleth@", ":shibboleth@")) {
                try (RedisBucketStore store = RedisBucketStore.builder("redis://" + user + "127.0.0.1:" + redis.port())
                        .requestTimeout(Duration.ofSeconds(5))
                        .build()) {
                    Space space = store.open("noauth", LIMITS);

                    RateLimitUnavailableException failure =
                            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));

                    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                        assertFalse(cause.toString().contains("shibboleth"), cause.toString());
                    }
                }
            }
            try (RedisBucketStore store = to(redis.port(), "default:open-sesame@")) {
                untilItAnswers(store.open("auth", LIMITS));
            }
        }
    }

    private static RedisBucketStore to(int port, String user) {
        return RedisBucketStore.connect("redis://" + user + "127.0.0.1:" + port + "/3");
    }

    @Test
    @Tag("ratelimit:O4")
    void take_flushedMidRun_isAFullBucketAndNoFault() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("flushed", List.of(Limit.of("a", 2, Duration.ofHours(1))));
            untilItAnswers(space);
            space.take("k", 1);
            assertFalse(space.take("k", 1).granted());

            redis.command("FLUSHALL");

            assertTrue(space.take("k", 2).granted());
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void takeAsync_serverPaused_failsInTimeAndTyped() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("async", LIMITS);
            untilItAnswers(space);
            Take granted = space.takeAsync("k", 1).toCompletableFuture().join();
            assertTrue(granted.granted());
            assertFalse(space.blocking());
            redis.pause();

            long begin = System.nanoTime();
            CompletionException failure = assertThrows(
                    CompletionException.class,
                    () -> space.takeAsync("k", 1).toCompletableFuture().join());

            assertInstanceOf(RateLimitUnavailableException.class, failure.getCause());
            assertTrue(System.nanoTime() - begin < 2 * TIMEOUT.toNanos());
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void takeAsync_aFloodWhileNothingAnswers_failsAndIsOver() {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy network = FaultyProxy.to(redis.port());
                RedisBucketStore store = to(network.port())) {
            Space space = store.open("flood", LIMITS);
            untilItAnswers(space);
            network.swallow();

            List<CompletableFuture<Take>> flood = IntStream.range(0, 60_000)
                    .mapToObj(call -> space.takeAsync("k" + call % 20_000, 1).toCompletableFuture())
                    .toList();

            Eventually.until(
                    DEADLINE, "every call has failed", () -> flood.stream().allMatch(CompletableFuture::isDone));
            assertTrue(flood.stream().allMatch(CompletableFuture::isCompletedExceptionally));
            network.heal();
            untilItAnswers(space);
            assertTrue(space.takeAsync("k7", 1).toCompletableFuture().join().granted());
        }
    }

    @Test
    void take_interrupted_keepsTheFlag() {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisBucketStore store = to(redis.port())) {
            Space space = store.open("interrupted", LIMITS);
            untilItAnswers(space);
            redis.pause();

            Thread.currentThread().interrupt();

            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void close_anyState_endsConnectionAndThreads() {
        try (PrivateRedis redis = PrivateRedis.start()) {
            RedisBucketStore store = to(redis.port());
            Space space = store.open("closed", LIMITS);
            untilItAnswers(space);

            store.close();
            store.close();

            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            Eventually.until(
                    DEADLINE,
                    "no thread is left",
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("hardening-ratelimit-redis")));
        }
    }
}

package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.SkewedMachines;
import dev.hardening.ratelimit.SkewedMachines.WallClock;
import dev.hardening.testing.PrivateRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent to Redis, and what is made of what lies there. */
@Tag("database")
@Tag("slow")
class RedisCommandsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration PATIENT = Duration.ofSeconds(5);

    private static PrivateRedis redis;
    private static RedisBucketStore store;

    @BeforeAll
    static void start() {
        redis = PrivateRedis.start();
        store = another();
    }

    @AfterAll
    static void stop() {
        store.close();
        redis.close();
    }

    private static RedisBucketStore another() {
        return RedisBucketStore.builder(redis.uri()).requestTimeout(PATIENT).build();
    }

    private static long calls(String command) {
        Matcher line =
                Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(redis.command("INFO", "commandstats"));
        return line.find() ? Long.parseLong(line.group(1)) : 0;
    }

    /** Round trips: a script is one, and the GET that the swapping script does within the server is none. */
    private static long sent(Runnable work) {
        long gets = calls("get");
        long evals = calls("eval");
        work.run();
        long scripts = calls("eval") - evals;
        return scripts + calls("get") - gets - scripts;
    }

    @Test
    void take_warm_isTwoCommandsAndADenialOne() {
        Space space = store.open("warm", List.of(Limit.of("a", 3, HOUR)));
        space.take("k", 1);

        assertEquals(2, sent(() -> space.take("k", 1)));
        assertEquals(2, sent(() -> space.take("k", 1)));
        assertEquals(1, sent(() -> assertFalse(space.take("k", 1).granted())));
        assertEquals(1, sent(() -> space.peek("k", 1)));
        assertEquals(0, calls("evalsha") + calls("exists") + calls("pttl"));
    }

    @Test
    @Tag("ratelimit:E1")
    void take_oneHotKey_travelsTogether() {
        Space space = store.open("hot", List.of(new Limit("a", 10_000, 1, HOUR)));
        space.take("k", 1);

        long evals = calls("eval");
        int granted = Parallel.count(64, 50, () -> space.take("k", 1).granted());
        long trips = 2 * (calls("eval") - evals);

        assertEquals(3_200, granted);
        assertEquals(10_000 - 3_201, space.peek("k", 1).available());
        assertTrue(trips <= granted / 2, trips + " round trips for " + granted);
    }

    @Test
    @Tag("ratelimit:E2")
    void takeAsync_manyAtOnce_grantExactlyTheCapacityAndNeverBlock() {
        Space space = store.open("async", List.of(Limit.of("a", 100, HOUR)));

        List<CompletableFuture<Boolean>> takes = IntStream.range(0, 500)
                .mapToObj(call -> space.takeAsync("k", 1)
                        .thenApply(take -> take.granted())
                        .toCompletableFuture())
                .toList();

        assertEquals(100, takes.stream().filter(CompletableFuture::join).count());
        assertFalse(space.blocking());
        space.creditAsync("k", 5).toCompletableFuture().join();
        assertEquals(5, space.peek("k", 1).available());
    }

    @Test
    @Tag("ratelimit:E2")
    void take_moreKeysThanProxies_staysExact() {
        Space space = store.open("evicted", List.of(Limit.of("a", 3, HOUR)));

        long granted = LongStream.range(0, 3)
                .flatMap(round -> LongStream.range(0, 4_000)
                        .filter(key -> space.take("k" + key, 1).granted()))
                .count();
        int more = Parallel.count(
                8, 500, () -> space.take("k" + System.nanoTime() % 4_000, 1).granted());

        assertEquals(12_000, granted);
        assertEquals(0, more);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "garbage",
                "twelve bytes",
                "\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0001",
                "\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0007\u007f\u007f\u007f\u007fand so on",
                "{\"available\": 5}",
                "\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0001old format of long ago"
            })
    @Tag("ratelimit:A22")
    void take_garbageUnderTheKey_failsOnceTypedAndIsRemoved(String garbage) {
        Space space = store.open("garbage", List.of(Limit.of("a", 2, HOUR)));
        redis.command("SET", "v1/garbage/k", garbage);
        long before = store.status().brokenBuckets();

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));

        assertEquals(before + 1, store.status().brokenBuckets());
        assertEquals(1, space.take("k", 1).available());
    }

    /** The number of figures of a bucket with one limit stands before its three figures, its counter and its version. */
    @ParameterizedTest
    @ValueSource(strings = {"\u007f\u007f\u007f\u007f", "\u0000\u0000\u0000\u0002", "\u0000\u0000\u0000\u0000"})
    @Tag("ratelimit:A22")
    void take_soundBucketWithAnotherLength_failsOnceTypedAndIsRemoved(String length) {
        Space space = store.open("length", List.of(Limit.of("a", 2, HOUR)));
        space.take("k", 1);
        int stored = Integer.parseInt(redis.command("STRLEN", "v1/length/k").substring(1));
        String before = "\u0000\u0000\u0000\u0003";
        int at = lengthAt(stored);
        assertTrue(
                redis.command("GETRANGE", "v1/length/k", "" + at, "" + (at + 3)).contains(before));
        redis.command("SETRANGE", "v1/length/k", "" + at, length);

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));

        assertEquals(1, space.take("k", 1).available());
    }

    private static int lengthAt(int stored) {
        int behind = 3 * Long.BYTES + Integer.BYTES + Long.BYTES;
        return stored - behind - Integer.BYTES;
    }

    @Test
    @Tag("ratelimit:A22")
    void take_longGarbageUnderTheKey_failsOnceTypedAndIsRemoved() {
        Space space = store.open("long", List.of(Limit.of("a", 2, HOUR)));
        redis.command("SETRANGE", "v1/long/k", "70000", "x");

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));

        assertEquals(1, space.take("k", 1).available());
    }

    @Test
    @Tag("ratelimit:A22")
    void take_wrongTypeUnderTheKey_failsOnceTypedAndIsRemoved() {
        Space space = store.open("list", List.of(Limit.of("a", 2, HOUR)));
        redis.command("LPUSH", "v1/list/k", "1", "2");

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));

        assertEquals(1, space.take("k", 1).available());
    }

    @Test
    void key_afterATake_expiresWhenTheBucketHasLongBeenFull() {
        Space space = store.open("expiry", List.of(new Limit("a", 10, 1, Duration.ofMinutes(1))));

        space.take("k", 5);
        long taken = expiry("v1/expiry/k");
        space.debit("k", 100);
        long owed = expiry("v1/expiry/k");

        assertTrue(taken > 359_000 && taken <= 360_000, "5 min and a minute's grace, got " + taken);
        assertTrue(owed > 105 * 60_000 + 59_000 && owed <= 106 * 60_000, "105 min and a minute, got " + owed);
    }

    private static long expiry(String key) {
        return Long.parseLong(redis.command("PTTL", key).substring(1));
    }

    @Test
    @Tag("ratelimit:C1")
    @Tag("ratelimit:C2")
    @Tag("ratelimit:A21")
    void take_twoMachinesAnHourApart_countByTheServersClock() {
        WallClock ahead = WallClock.anHourAhead();
        try (RedisBucketStore right = another();
                RedisBucketStore wrong = RedisBucketStore.builder(redis.uri())
                        .requestTimeout(PATIENT)
                        .machineClock(ahead)
                        .build()) {
            SkewedMachines.requireOneClock(
                    right.open("skew", SkewedMachines.LIMITS), wrong.open("skew", SkewedMachines.LIMITS), ahead);

            Duration skew = wrong.status().clockSkew().orElseThrow();
            assertTrue(skew.minus(HOUR).abs().compareTo(Duration.ofSeconds(5)) < 0, "skew " + skew);
        }
    }

    @Test
    @Tag("ratelimit:L3")
    void take_rollingDeploy_neitherFlapsNorDowngrades() {
        try (RedisBucketStore other = another()) {
            Space old = store.open(
                    SpaceSpec.of("rolling", List.of(Limit.of("a", 10, HOUR))).withVersion(1));
            Space young = other.open(
                    SpaceSpec.of("rolling", List.of(Limit.of("a", 100, HOUR))).withVersion(2));
            old.take("k", 4);
            young.take("k", 1);
            young.credit("k", 90);

            long evals = calls("eval");
            assertEquals(95, old.peek("k", 1).available());
            assertEquals(94, old.take("k", 1).available());
            assertEquals(93, young.take("k", 1).available());

            assertEquals(2, calls("eval") - evals, "one swap a take, none for a change of limits");
        }
    }
}

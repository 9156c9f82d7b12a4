package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Redis that answers, but not as it should: behind the guard each policy goes on as it declares, and comes back. */
@Tag("slow")
@Tag("ratelimit:O2")
@Tag("ratelimit:O4")
class RefusingRedisTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final RequestFacts USER =
            RequestFacts.builder().userId("user").build();

    /** What a server that is up may say instead. */
    private enum Refusal {
        /** The user of the store is gone, and its connections with it. */
        WRONGPASS("ACL DELUSER limits", "ACL SETUSER limits on >sesame ~* +@all"),
        NOPERM("ACL SETUSER limits -eval", "ACL SETUSER limits +eval"),
        OOM("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        /** Of a master that is not there. */
        READONLY("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE");

        private final String begin;
        private final String end;

        Refusal(String begin, String end) {
            this.begin = begin;
            this.end = end;
        }
    }

    private final Map<FailureMode, RateLimiter> limiters = new EnumMap<>(FailureMode.class);

    private Decision check(FailureMode mode) {
        return limiters.get(mode).check(USER);
    }

    private void open(BucketStore store) {
        for (FailureMode mode : FailureMode.values()) {
            Policy policy = Policy.named(mode.name().toLowerCase(Locale.ROOT))
                    .key(Keys.user())
                    .limit(Limit.of("a", 400, Duration.ofDays(1)))
                    .onStoreFailure(mode)
                    .build();
            limiters.put(mode, RateLimiter.builder().store(store).policy(policy).build());
        }
    }

    private void untilShared() {
        Eventually.until(
                DEADLINE,
                "the store answers",
                () -> check(FailureMode.CLOSED).allowed()
                        && !check(FailureMode.OPEN).degraded()
                        && !check(FailureMode.LOCAL).degraded());
    }

    @ParameterizedTest
    @EnumSource(Refusal.class)
    void check_redisRefuses_eachPolicyGoesOnAsDeclaredAndComesBack(Refusal refusal) {
        try (PrivateRedis redis = PrivateRedis.start("--replica-serve-stale-data", "yes")) {
            command(redis, Refusal.WRONGPASS.end);
            try (BucketStore store = BucketStores.guarded(
                    RedisBucketStore.builder("redis://limits:sesame@127.0.0.1:" + redis.port())
                            .requestTimeout(Duration.ofMillis(500))
                            .build(),
                    OutageSpec.standard())) {
                open(store);
                untilShared();
                command(redis, refusal.begin);
                Eventually.until(
                        DEADLINE,
                        "it is noticed",
                        () -> check(FailureMode.LOCAL).degraded());

                int local = 0;
                for (int call = 0; call < 300; call++) {
                    assertTrue(check(FailureMode.OPEN).allowed());
                    assertEquals(Outcome.STORE_DENIED, check(FailureMode.CLOSED).outcome());
                    local += check(FailureMode.LOCAL).allowed() ? 1 : 0;
                }
                assertTrue(local <= 100, "a quarter of 400, but " + local);
                assertTrue(local >= 60, "no fewer than were not asked for yet, but " + local);

                command(redis, refusal.end);
                untilShared();
                assertTrue(check(FailureMode.LOCAL).statuses().get(0).remaining() < 400 - local, "the debts are paid");
            }
        }
    }

    private static void command(PrivateRedis redis, String line) {
        String answer = redis.command(line.split(" ", -1));
        assertFalse(answer.startsWith("-"), answer);
    }

    @Test
    void check_flushedMidRun_isAFullBucketAndNoFault() {
        try (PrivateRedis redis = PrivateRedis.start();
                BucketStore store = BucketStores.guarded(
                        RedisBucketStore.builder("redis://127.0.0.1:" + redis.port())
                                .requestTimeout(Duration.ofMillis(500))
                                .build(),
                        OutageSpec.standard())) {
            open(store);
            untilShared();
            int before = 400 - (int) check(FailureMode.CLOSED).statuses().get(0).remaining();
            assertTrue(before >= 2);

            redis.command("FLUSHALL");

            for (FailureMode mode : FailureMode.values()) {
                Decision decision = check(mode);
                assertTrue(decision.allowed() && !decision.degraded());
                assertEquals(399, decision.statuses().get(0).remaining());
            }
        }
    }
}

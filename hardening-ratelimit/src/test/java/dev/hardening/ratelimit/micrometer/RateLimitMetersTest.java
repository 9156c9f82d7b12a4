package dev.hardening.ratelimit.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RateLimitMetersTest {
    private static final RequestFacts FACTS =
            RequestFacts.builder().userId("someone").build();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RateLimitMeters meters = RateLimitMeters.create(registry);

    private static Policy policy(long capacity) {
        return Policy.named("api")
                .key(Keys.user())
                .limit(Limit.of("a", capacity, Duration.ofDays(1)))
                .onStoreFailure(FailureMode.OPEN)
                .build();
    }

    private double count(String name, String tag, String value) {
        return registry.get("hardening.ratelimit." + name)
                .tag(tag, value)
                .counter()
                .count();
    }

    @Test
    void decided_allowedAndDenied_areCounted() {
        RateLimiter limiter =
                RateLimiter.builder().policy(policy(10)).listener(meters).build();
        meters.watch(limiter);

        for (int request = 0; request < 13; request++) {
            limiter.check(FACTS);
        }

        assertEquals(10, count("decisions", "outcome", "allowed"));
        assertEquals(3, count("decisions", "outcome", "denied"));
        assertEquals(3, count("denied", "policy", "api"));
        assertEquals(3, count("near_limit", "policy", "api"));
        assertEquals(
                1,
                registry.get("hardening.ratelimit.keys")
                        .tag("policy", "api")
                        .gauge()
                        .value());
    }

    @Test
    void decided_deniedByAnotherPolicy_isNotNearTheLimit() {
        Policy other = Policy.named("other")
                .key(Keys.user())
                .limit(Limit.of("b", 4, Duration.ofDays(1)))
                .build();
        RateLimiter limiter = RateLimiter.builder()
                .policy(policy(5))
                .policy(other)
                .listener(meters)
                .build();
        meters.watch(limiter);

        for (int request = 0; request < 9; request++) {
            limiter.check(FACTS);
        }

        assertEquals(1, count("near_limit", "policy", "api"), "the last of the four that passed");
    }

    @Test
    @Tag("ratelimit:O1")
    void storeStateChanged_guardedStore_isCountedAndSeenInTheGauge() {
        AtomicBoolean answers = new AtomicBoolean(true);
        BucketStore local = BucketStores.local();
        BucketStore shared = spec -> answers.get() ? local.open(spec) : new BrokenSpace();
        BucketStore store = BucketStores.guarded(shared, OutageSpec.standard().withListener(meters));
        meters.watch("shared", store);
        assertTrue(Double.isNaN(up()));

        store.open("answers", policy(10).limits()).take("k", 1);
        assertEquals(1, up());
        answers.set(false);
        BucketStore.Space broken = store.open("broken", policy(10).limits());
        for (int call = 0; call < 5; call++) {
            assertThrows(RateLimitUnavailableException.class, () -> broken.take("k", 1));
        }

        assertEquals(0, up());
        assertEquals(1, count("store.changes", "state", "silent"));
    }

    private double up() {
        return registry.get("hardening.ratelimit.store.up")
                .tag("store", "shared")
                .gauge()
                .value();
    }

    @Test
    void watch_beforeAnyRequest_metersAreThere() {
        meters.watch(RateLimiter.builder().policy(policy(1)).build());

        assertEquals(0, count("decisions", "outcome", "store_denied"));
        assertEquals(0, count("denied", "policy", "api"));
    }

    @Test
    void storeFailed_openPolicy_countsErrorAndDegraded() {
        BucketStore broken = spec -> new BrokenSpace();

        RateLimiter.builder()
                .store(broken)
                .policy(policy(1))
                .listener(meters)
                .build()
                .check(FACTS);

        assertEquals(1, count("store.errors", "operation", "take"));
        assertEquals(1, registry.get("hardening.ratelimit.degraded").counter().count());
    }

    @Test
    void watch_beforeAnyRequest_everyMeterOfAPolicyIsThere() {
        meters.watch(RateLimiter.builder().policy(policy(1)).version(7).build());

        for (String name : List.of("denied", "shadow_denied", "near_limit", "refund_failed")) {
            assertEquals(0, count(name, "policy", "api"));
        }
        assertEquals(0, count("store.errors", "operation", "block"));
        assertEquals(
                7, registry.get("hardening.ratelimit.config.version").gauge().value());
        assertEquals(
                0,
                registry.get("hardening.ratelimit.overflow").functionCounter().count());
    }

    @Test
    void decided_onTrialAndOverflowingAndExempt_areCounted() {
        RateLimiter limiter = RateLimiter.builder()
                .policy(Policy.named("trial")
                        .key(Keys.user())
                        .limit(Limit.of("a", 1, Duration.ofDays(1)))
                        .mode(Policy.Mode.SHADOW)
                        .exempt(facts -> facts.userId().equals(Optional.of("robot")))
                        .build())
                .store(BucketStores.local(LocalSpec.standard().withMaxKeys(16)))
                .listener(meters)
                .build();
        meters.watch(limiter);

        for (int user = 0; user < 20; user++) {
            RequestFacts facts = RequestFacts.builder().userId("u" + user).build();
            limiter.check(facts);
            limiter.check(facts);
        }
        limiter.check(RequestFacts.builder().userId("robot").build());

        assertTrue(count("shadow_denied", "policy", "trial") >= 16);
        assertEquals(0, count("denied", "policy", "trial"));
        assertEquals(1, count("decisions", "outcome", "exempt"));
        assertEquals(
                8,
                registry.get("hardening.ratelimit.overflow").functionCounter().count());
    }

    @Test
    void refund_thatFails_isCountedApart() {
        meters.storeFailed(new RateLimitEvent.StoreFailed(
                "api", RateLimitEvent.Operation.REFUND, FailureMode.OPEN, new IllegalStateException()));

        assertEquals(1, count("refund_failed", "policy", "api"));
        assertEquals(1, count("store.errors", "operation", "refund"));
    }

    @Test
    void administered_action_isCounted() {
        RateLimiter limiter =
                RateLimiter.builder().policy(policy(10)).listener(meters).build();

        limiter.admin().block("api", FACTS, Duration.ofMinutes(1));

        assertEquals(1, count("administered", "action", "block"));
    }

    @Test
    @Tag("ratelimit:C2")
    void watchClock_ofAStoreThatKnows_isInSeconds() {
        meters.watchClock("db", this, test -> Optional.of(Duration.ofMillis(-1_500)));
        meters.watchClock("other", this, test -> Optional.empty());

        assertEquals(
                -1.5,
                registry.get("hardening.ratelimit.clock.skew")
                        .tag("store", "db")
                        .gauge()
                        .value());
        assertTrue(Double.isNaN(registry.get("hardening.ratelimit.clock.skew")
                .tag("store", "other")
                .gauge()
                .value()));
    }

    @Test
    @Tag("ratelimit:A22")
    void watchBroken_ofAStoreThatKnows_growsWithIt() {
        AtomicLong removed = new AtomicLong(2);
        meters.watchBroken("redis", removed, AtomicLong::get);
        FunctionCounter broken = registry.get("hardening.ratelimit.store.broken")
                .tag("store", "redis")
                .functionCounter();

        assertEquals(2, broken.count());
        removed.set(5);
        assertEquals(5, broken.count());
    }

    @Test
    void loginThrottled_attempt_isCountedByDimension() {
        LoginThrottle throttle = LoginThrottle.builder().listener(meters).build();

        for (int attempt = 0; attempt < 7; attempt++) {
            throttle.begin("main", "someone", "192.0.2.1");
        }

        assertEquals(2, count("login.throttled", "dimension", "account_and_client"));
    }

    @Test
    void meters_all_haveDescriptionAndUnitAndNoPersonalTag() {
        decided_allowedAndDenied_areCounted();
        loginThrottled_attempt_isCountedByDimension();

        for (Meter meter : registry.getMeters()) {
            assertNotNull(meter.getId().getDescription());
            assertNotNull(meter.getId().getBaseUnit());
            List<String> values =
                    meter.getId().getTags().stream().map(tag -> tag.getValue()).toList();
            assertFalse(values.contains("someone"), values.toString());
            assertTrue(meter.getId().getName().startsWith("hardening.ratelimit."));
        }
    }

    private static final class BrokenSpace implements BucketStore.Space {
        @Override
        public BucketStore.Take take(String key, long tokens) {
            throw new RateLimitUnavailableException("broken");
        }

        @Override
        public BucketStore.Take peek(String key, long tokens) {
            return take(key, tokens);
        }

        @Override
        public void debit(String key, long tokens) {
            take(key, tokens);
        }

        @Override
        public void credit(String key, long tokens) {
            take(key, tokens);
        }

        @Override
        public void reset(String key) {
            take(key, 1);
        }
    }
}

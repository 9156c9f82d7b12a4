package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code in docs/ratelimit/outages.md is the code in here. */
class OutagesGuideTest {
    private final SharedFake shared = new SharedFake(FakeTicker.create());

    @Test
    void outage_ofALocalPolicy_isToldToTheListener() {
        RecordingListener meters = new RecordingListener();
        // region outages-guarded
        BucketStore store = BucketStores.guarded(
                shared, OutageSpec.standard().withName("redis").withListener(meters));
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .policy(Policy.named("api-user")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .onStoreFailure(FailureMode.LOCAL)
                        .build())
                .build();
        // endregion

        assertTrue(limiter.check(RequestFacts.builder().userId("u").build()).allowed());
        shared.silent = true;
        for (int call = 0; call < 5; call++) {
            limiter.check(RequestFacts.builder().userId("u").build());
        }
        assertEquals(StoreState.SILENT, meters.states.get(0).now());
        assertEquals("redis", meters.states.get(0).store());
    }

    @Test
    void lease_ofALargeLimit_isSpentHere() {
        // region outages-leased
        BucketStore store = BucketStores.leased(BucketStores.guarded(shared, OutageSpec.standard()), 4);
        // endregion
        BucketStore.Space space = store.open("leased", List.of(Limit.of("a", 160, Duration.ofDays(1))));

        assertEquals(Source.SHARED, space.take("k", 1).source());
        assertEquals(Source.LEASE, space.take("k", 1).source());
    }
}

package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keys that an attacker invents. */
class FloodTest {
    private static final int ROOM = 1_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Limit LIMIT = Limit.of("a", 5, MINUTE);

    private final FakeTicker ticker = FakeTicker.create();
    private final BucketStore store = BucketStores.local(new LocalSpec(ROOM, ticker));
    private final RateLimiter limiter = RateLimiter.builder()
            .store(store)
            .policy(Policy.named("client")
                    .key(Keys.clientAddress())
                    .limit(LIMIT)
                    .onMissingKey(MissingKey.SKIP)
                    .build())
            .policy(Policy.named("user")
                    .key(Keys.user())
                    .limit(Limit.of("a", 5, MINUTE))
                    .onMissingKey(MissingKey.SKIP)
                    .build())
            .build();

    private void flood(int addresses) {
        for (int address = 0; address < addresses; address++) {
            limiter.check(RequestFacts.builder()
                    .clientAddress("10." + (address >> 16 & 255) + '.' + (address >> 8 & 255) + '.' + (address & 255))
                    .build());
        }
    }

    @Test
    @Tag("ratelimit:M3")
    @Tag("ratelimit:A6")
    void check_floodBeforeTheLogin_takesNothingFromUsers() {
        flood(200_000);

        assertTrue(limiter.trackedKeys("client").orElseThrow() <= ROOM);
        assertEquals(0, limiter.trackedKeys("user").orElseThrow());
        for (int user = 0; user < ROOM / 2; user++) {
            RequestFacts facts = RequestFacts.builder().userId("u" + user).build();
            for (int request = 0; request < 5; request++) {
                assertTrue(limiter.check(facts).allowed());
            }
            assertFalse(limiter.check(facts).allowed());
        }
    }

    @Test
    @Tag("ratelimit:A6")
    void check_newAddressDuringAFlood_sharesAStripeAndRecovers() {
        flood(200_000);
        BucketStore.Space space = store.open("client", List.of(LIMIT));
        assertEquals(ROOM, space.size().orElseThrow());
        long overflows = limiter.overflows("client");
        assertTrue(overflows >= 200_000 - ROOM, "charged to a stripe: " + overflows);
        RequestFacts stranger =
                RequestFacts.builder().clientAddress("192.0.2.1").build();

        assertEquals(0, drain(stranger), "the stripe is used up by the flood");
        assertEquals(Source.OVERFLOW, space.take("new", 1).source());

        ticker.advance(MINUTE.plusSeconds(11));
        assertEquals(Source.LOCAL, space.take("new", 1).source());
        assertEquals(5, drain(stranger));
        assertTrue(space.size().orElseThrow() < ROOM);
    }

    private int drain(RequestFacts facts) {
        int allowed = 0;
        for (int request = 0; request < 10; request++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }
}

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

    private final FakeTicker ticker = FakeTicker.create();
    private final RateLimiter limiter = RateLimiter.builder()
            .store(BucketStores.local(new LocalSpec(ROOM, ticker)))
            .policy(Policy.named("client")
                    .key(Keys.clientAddress())
                    .limit(Limit.of("a", 5, MINUTE))
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
        BucketStore.Space space =
                BucketStores.local(new LocalSpec(16, ticker)).open("p", List.of(Limit.of("a", 5, MINUTE)));
        for (int key = 0; key < 100; key++) {
            space.take("k" + key, 1);
        }

        assertEquals(Source.OVERFLOW, space.take("new", 1).source());
        ticker.advance(MINUTE.plusSeconds(11));
        assertEquals(Source.LOCAL, space.take("new", 1).source());
    }
}

package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debts in the heap that are very long, and stripes that are long paid off. */
class LocalDebtTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration YEAR = Duration.ofDays(365);

    private final FakeTicker ticker = FakeTicker.create();

    private static RequestFacts user(String name) {
        return RequestFacts.builder().userId(name).build();
    }

    private static RequestFacts on(String user, String plan) {
        return RequestFacts.builder().userId(user).attribute("plan", plan).build();
    }

    /** At 5 a minute, 292 years are 768 million tokens. */
    @ParameterizedTest
    @ValueSource(longs = {700_000_000, 768_000_000, 769_000_000, 1_000_000_000})
    @Tag("ratelimit:M2")
    void penalise_longerThanALongOfNanoseconds_isNotForgotten(long tokens) {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 5, MINUTE))
                        .build())
                .build();
        ticker.advance(Duration.ofNanos(1));
        limiter.admin().penalise("p", user("x"), tokens);
        assertFalse(limiter.check(user("x")).allowed());

        for (Duration step :
                List.of(MINUTE, Duration.ofSeconds(20), YEAR, YEAR.multipliedBy(50), YEAR.multipliedBy(40))) {
            ticker.advance(step);
            limiter.check(user("somebody else"));
            assertFalse(limiter.check(user("x")).allowed(), "after " + step);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {106_750, 106_751, 106_752, 106_753, 1_000_000})
    @Tag("ratelimit:M2")
    void charge_oneADay_isNotForgotten(long tokens) {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.interval("a", 1, Duration.ofDays(1)))
                        .build())
                .build();
        limiter.check(user("x")).charge("p", tokens);

        ticker.advance(Duration.ofDays(3));
        limiter.check(user("somebody else"));

        assertFalse(limiter.check(user("x")).allowed());
    }

    private Space flooded() {
        Space space = BucketStores.local(new LocalSpec(16, ticker)).open("flooded", List.of(Limit.of("a", 6, MINUTE)));
        for (int key = 0; key < 20_000; key++) {
            space.take("flood-" + key, 1);
        }
        while (space.take("new", 1).granted()) {
            assertEquals(16, space.size().orElseThrow());
        }
        return space;
    }

    @Test
    @Tag("ratelimit:A6")
    void peek_noEntryAndAStripeThatIsNotFull_tellsOfTheStripe() {
        Space space = flooded();

        assertEquals(Source.OVERFLOW, space.peek("new", 1).source());
        assertFalse(space.peek("new", 1).granted());
        ticker.advance(MINUTE.minusNanos(1));
        assertEquals(Source.OVERFLOW, space.peek("new", 1).source());
    }

    @Test
    @Tag("ratelimit:L4")
    void peek_noEntryAndAFullStripe_isUntouchedWhereThereIsRoom() {
        Space space = flooded();

        ticker.advance(MINUTE);
        assertEquals(Source.OVERFLOW, space.peek("new", 1).source(), "the table is still full");
        ticker.advance(MINUTE);

        Take take = space.peek("new", 1);
        assertEquals(Source.LOCAL, take.source());
        assertEquals(6, take.available());
        assertTrue(take.granted());
    }

    @Test
    @Tag("ratelimit:L4")
    void check_longAfterAFloodOfOneTier_settlesAsBefore() {
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.local(new LocalSpec(16, ticker)))
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 40, Duration.ofHours(1)))
                        .tier("pro", Limit.of("a", 400, Duration.ofHours(1)))
                        .tier("other", Limit.of("a", 300, Duration.ofHours(1)))
                        .tierBy(facts -> facts.attribute("plan"))
                        .build())
                .build();
        for (int stranger = 0; stranger < 20_000; stranger++) {
            limiter.check(on("s" + stranger, "other"));
        }
        ticker.advance(Duration.ofDays(30));

        int allowed = 0;
        for (int request = 0; request < 550; request++) {
            allowed += limiter.check(on("u", request < 50 ? "none" : "pro")).allowed() ? 1 : 0;
        }

        assertEquals(400, allowed);
    }
}

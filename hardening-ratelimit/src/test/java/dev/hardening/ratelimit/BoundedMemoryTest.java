package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is remembered of callers outside of the buckets themselves, under more callers than it is meant for. */
class BoundedMemoryTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Limit FORTY = Limit.of("a", 40, MINUTE);
    private static final int ROOM = 100;
    private static final int FLOOD = 5_000;
    private static final int MOST_STANDINGS = 50_000;

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final OutageSpec spec = OutageSpec.standard().withTicker(ticker);

    /** The table of the fallback and the ledger of what is owed hold as many keys each. */
    @Test
    @Tag("ratelimit:O5")
    void take_floodInAnOutage_isRememberedUpToTheBound() {
        BucketStore guarded = BucketStores.guarded(shared, spec.withFallbackKeys(ROOM));
        Space space = guarded.open(SpaceSpec.of("outage", List.of(FORTY)).withFailureMode(FailureMode.LOCAL));
        shared.silent = true;
        KeptKeys keys = new KeptKeys("flood-");
        for (int key = 0; key < FLOOD; key++) {
            assertEquals(Source.FALLBACK, space.take(keys.next(), 1).source());
        }

        keys.requireAtMost(2 * ROOM);

        assertTrue(keys.held() >= ROOM, "nobody's debt is forgotten either: " + keys.held());
        assertEquals(Source.FALLBACK, space.take("new", 1).source());
    }

    @Test
    @Tag("ratelimit:O5")
    @Tag("ratelimit:E7")
    void take_floodOfRefusedKeys_isRememberedUpToTheBound() {
        Space space = BucketStores.guarded(shared, spec.withDeniedKeys(ROOM)).open("denied", List.of(FORTY));
        for (int key = 0; key < FLOOD; key++) {
            space.take("flood-" + key, 40);
            assertFalse(space.take("flood-" + key, 1).granted());
        }

        int remembered = 0;
        for (int key = 0; key < FLOOD; key++) {
            remembered += space.knownRefusal("flood-" + key, 1).isPresent() ? 1 : 0;
        }

        assertTrue(remembered > 0 && remembered <= ROOM, remembered + " refusals are remembered");
        shared.commands.set(0);
        for (int key = 0; key < ROOM; key++) {
            assertFalse(space.take("flood-" + key, 1).granted(), "one that was forgotten is refused by the store");
        }
        assertTrue(shared.commands.get() <= ROOM);
    }

    @Test
    @Tag("ratelimit:L4")
    void check_moreCallersThanStandingsAreKeptOf_areSettledAnew() {
        RateLimiter limiter = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(FORTY)
                        .tier("teacher", Limit.of("a", 400, MINUTE))
                        .tierBy(facts -> facts.attribute("plan"))
                        .build())
                .build();
        int callers = MOST_STANDINGS + 2_000;
        check(limiter, "once", "teacher");
        int settled = commands(() -> check(limiter, "once", "teacher"));
        for (int caller = 0; caller < callers; caller++) {
            assertEquals(399, check(limiter, "c" + caller, "teacher"));
        }

        int again = commands(() -> {
            for (int caller = 0; caller < callers; caller++) {
                assertEquals(398, check(limiter, "c" + caller, "teacher"));
            }
        });

        assertTrue(again - callers * settled >= callers - MOST_STANDINGS, again + " commands for " + callers);
        for (int caller = 0; caller < callers; caller += 1_000) {
            assertEquals(37, check(limiter, "c" + caller, "none"), "two are used, remembered or not");
        }
    }

    /** What is left afterwards. */
    private static long check(RateLimiter limiter, String user, String plan) {
        Decision decision = limiter.check(
                RequestFacts.builder().userId(user).attribute("plan", plan).build());
        assertTrue(decision.allowed());
        return decision.statuses().get(0).remaining();
    }

    private int commands(Runnable requests) {
        int before = shared.commands.get();
        requests.run();
        return shared.commands.get() - before;
    }
}

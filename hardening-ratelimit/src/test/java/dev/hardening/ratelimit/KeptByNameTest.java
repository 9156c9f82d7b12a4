package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.internal.StoreClock;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stores keep of policies that were taken away: their debts, and nothing for ever. */
@Timeout(60)
class KeptByNameTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final List<Limit> FORTY = List.of(Limit.of("a", 40, MINUTE));
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FakeTicker ticker = FakeTicker.create();

    private static Policy policy(String name) {
        return Policy.named(name)
                .key(Keys.user())
                .limit(Limit.of("a", 5, MINUTE))
                .build();
    }

    private static RequestFacts user() {
        return RequestFacts.builder().userId("u").build();
    }

    private static int drain(RateLimiter limiter) {
        int allowed = 0;
        while (limiter.check(user()).allowed()) {
            allowed++;
        }
        return allowed;
    }

    /** Waits until what nobody can reach is seen to be unreachable. */
    private static void collect(Runnable opening, IntSupplier names, IntPredicate few) {
        Eventually.until(PATIENCE, "names that nobody uses have gone", () -> {
            System.gc();
            opening.run();
            return few.test(names.getAsInt());
        });
    }

    @Test
    void open_whileSomebodyUsesIt_givesTheSame() {
        KeptByName<Object> kept = new KeptByName<>(unreachable -> true);
        kept.open("goes", Object::new, state -> new Object());
        Object[] states = new Object[2];
        Object user = kept.open("used", Object::new, state -> {
            states[0] = state;
            return new Object();
        });

        try {
            collect(() -> kept.open("another", Object::new, state -> new Object()), kept::size, names -> names == 2);
            kept.open("used", Object::new, state -> {
                states[1] = state;
                return new Object();
            });
        } finally {
            Reference.reachabilityFence(user);
        }

        assertSame(states[0], states[1]);
    }

    @Test
    void open_otherNamesAgainAndAgain_keepsNoneOfThemButWhatRemembers() {
        AtomicBoolean remembers = new AtomicBoolean(true);
        KeptByName<String> kept = new KeptByName<>(name -> !("debtor".equals(name) && remembers.get()));
        kept.open("debtor", () -> "debtor", state -> new Object());
        int[] number = new int[1];
        Runnable opening = () -> {
            String name = "n" + number[0]++;
            kept.open(name, () -> name, state -> new Object());
        };
        for (int name = 0; name < 100; name++) {
            opening.run();
        }

        collect(opening, kept::size, names -> names == 2);
        remembers.set(false);
        collect(opening, kept::size, names -> names == 1);
    }

    @Test
    @Tag("ratelimit:M1")
    @Tag("ratelimit:M2")
    void replacePolicies_policyThatIsTakenAway_isForgottenOnlyWhenItsBucketsAreFull() {
        LocalBucketStore store = new LocalBucketStore(LocalSpec.standard().withTicker(ticker));
        RateLimiter limiter =
                RateLimiter.builder().store(store).policy(policy("p0")).build();
        for (int version = 1; version <= 50; version++) {
            assertEquals(5, drain(limiter));
            limiter.replacePolicies(version, List.of(policy("p" + version)));
        }
        // What goes are the blocks of those that are gone; what stays are 50 in debt, p50, its blocks and "blocked".
        collect(() -> open(store, "blocked"), store::tables, tables -> tables == 53);

        limiter.replacePolicies(51, List.of(policy("p0")));
        assertEquals(0, drain(limiter), "comes back with what was used");
        ticker.advance(MINUTE.multipliedBy(10));
        collect(() -> open(store, "blocked"), store::tables, tables -> tables == 3);
        assertEquals(5, drain(limiter));
    }

    private static Space open(BucketStore store, String name) {
        return store.open(name, FORTY);
    }

    @Test
    @Tag("ratelimit:M2")
    void open_stripesOfATableThatNobodyUses_keepItUntilTheyAreFull() {
        LocalBucketStore store =
                new LocalBucketStore(LocalSpec.standard().withMaxKeys(16).withTicker(ticker));
        chargeAStripe(store);
        ticker.advance(Duration.ofSeconds(75));
        open(store, "goes");
        assertEquals(2, store.tables());

        collect(() -> open(store, "untouched"), store::tables, tables -> tables == 2);
        assertEquals(Source.OVERFLOW, open(store, "striped").peek("late", 1).source(), "the entries are gone already");
        ticker.advance(MINUTE.multipliedBy(10));
        collect(() -> open(store, "untouched"), store::tables, tables -> tables == 1);
    }

    /** All entries are those of the beginning; the stripe is used up later. */
    private void chargeAStripe(LocalBucketStore store) {
        Space space = open(store, "striped");
        for (int key = 0; key < 16; key++) {
            space.take("early" + key, 1);
        }
        ticker.advance(Duration.ofSeconds(60));
        space.debit("late", 80);
    }

    @Test
    @Tag("ratelimit:O2")
    void open_policyThatIsTakenAwayDuringAnOutage_stillOwesWhatItSpent() {
        SharedFake shared = new SharedFake(ticker);
        GuardedStore store = new GuardedStore(shared, OutageSpec.standard().withTicker(ticker));
        shared.silent = true;
        assertEquals(10, drain(local(store, "spender")));
        for (int name = 0; name < 20; name++) {
            local(store, "idle" + name);
        }

        collect(() -> local(store, "other"), store::names, names -> names == 2);
        shared.silent = false;
        ticker.advance(Duration.ofSeconds(2));
        assertEquals(30, drain(local(store, "spender")));
        ticker.advance(MINUTE.multipliedBy(10));
        collect(() -> local(store, "other"), store::names, names -> names == 1);
    }

    private static Space local(BucketStore store, String name) {
        return store.open(SpaceSpec.of(name, FORTY).withFailureMode(FailureMode.LOCAL));
    }

    private static int drain(Space space) {
        int granted = 0;
        while (space.take("k", 1).granted()) {
            granted++;
        }
        return granted;
    }

    @Test
    void open_leasedAndProxiedNamesThatNobodyUses_go() {
        ProxiedBucketStore proxied = (ProxiedBucketStore)
                BucketStores.proxied(new HeapProxyManager(true, StoreClock.of(FakeClock.create())));
        LeasedStore leased = new LeasedStore(proxied, LeaseSpec.of(1).withTicker(ticker));
        for (int name = 0; name < 50; name++) {
            open(leased, "n" + name).take("k", 1);
        }

        collect(() -> open(leased, "other"), leased::names, names -> names == 1);
        collect(() -> open(leased, "other"), proxied::names, names -> names == 1);
        assertEquals(30, open(proxied, "n0").peek("k", 1).available(), "what was bought for it stays spent");
    }
}

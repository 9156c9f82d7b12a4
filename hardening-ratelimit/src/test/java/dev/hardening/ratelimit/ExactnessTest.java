package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random limits, costs and instants against a reference that counts in unbounded whole numbers. */
class ExactnessTest {
    private final Random random = SeededRandom.of("ExactnessTest");
    private final FakeTicker ticker = FakeTicker.create();

    @Test
    @Tag("ratelimit:E1")
    void take_randomSchedules_agreesWithTheReference() {
        for (int schedule = 0; schedule < 300; schedule++) {
            List<Limit> limits = limits();
            Space space = open(limits);
            ReferenceBucket reference = new ReferenceBucket(limits, ticker.getAsLong());
            String what = limits.toString();
            for (int step = 0; step < 200; step++) {
                ticker.advance(step(limits));
                long cost = 1L + random.nextInt(4);

                boolean granted = space.take("k", cost).granted();

                assertEquals(reference.take(ticker.getAsLong(), cost), granted, what);
            }
        }
    }

    @Test
    @Tag("ratelimit:E1")
    void take_randomSchedules_keepsTheBoundInEveryWindow() {
        for (int schedule = 0; schedule < 60; schedule++) {
            Limit limit = limits().get(0);
            Space space = open(List.of(limit));
            List<Long> granted = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                ticker.advance(step(List.of(limit)));
                if (space.take("k", 1).granted()) {
                    granted.add(ticker.getAsLong());
                }
            }

            Window.requireAtMost(granted, limit);
        }
    }

    @Test
    @Tag("ratelimit:E4")
    void retryAfter_randomStates_isTrueToTheNanosecond() {
        for (int schedule = 0; schedule < 500; schedule++) {
            List<Limit> limits = limits();
            Space space = open(limits);
            Take take = space.take("k", 1);
            while (take.granted()) {
                ticker.advance(step(limits).dividedBy(50));
                take = space.take("k", 1);
            }

            ticker.advance(take.retryAfter().minusNanos(1));
            assertFalse(space.take("k", 1).granted(), limits::toString);
            ticker.advance(Duration.ofNanos(1));
            assertTrue(space.take("k", 1).granted(), limits::toString);
        }
    }

    private Space open(List<Limit> limits) {
        return BucketStores.local(LocalSpec.standard().withTicker(ticker)).open("exact", limits);
    }

    private List<Limit> limits() {
        List<Limit> limits = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int index = 0; index < count; index++) {
            Duration per = Duration.ofNanos(1_000_000 + (long) (random.nextDouble() * 100_000_000_000L));
            limits.add(new Limit("l" + index, 4 + random.nextInt(30), 1 + random.nextInt(50), per));
        }
        return limits;
    }

    /** Mostly short, at times long enough for a whole refill. */
    private Duration step(List<Limit> limits) {
        Limit limit = limits.get(random.nextInt(limits.size()));
        long token = limit.per().toNanos() / limit.refill();
        long most = random.nextInt(20) == 0 ? token * 40 : token * 2;
        return Duration.ofNanos((long) (random.nextDouble() * most));
    }
}

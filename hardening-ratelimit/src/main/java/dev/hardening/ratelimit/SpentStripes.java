package dev.hardening.ratelimit;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What keys without an account of their own have spent, in a fixed number of sums; all gone once it would be back. */
final class SpentStripes {
    private static final int STRIPES = 1024;

    private final SipHash hash = SipHash.random();
    private final AtomicReference<@Nullable Sums> current = new AtomicReference<>();

    /** Adds to the stripe of a key, {@code keep} being how long a shared bucket takes to be full. */
    void add(String key, long tokens, long now, long keep) {
        while (true) {
            Sums sums = lasting(now);
            if (sums == null) {
                Sums before = current.get();
                current.compareAndSet(before == null || before.lasts(now) ? null : before, new Sums(now + keep));
                continue;
            }
            sums.until.accumulateAndGet(now + keep, (one, other) -> other - one > 0 ? other : one);
            sums.tokens.addAndGet(index(key), tokens);
            if (current.get() == sums) {
                return;
            }
        }
    }

    /** The sum of the stripe of a key. */
    long of(String key, long now) {
        Sums sums = lasting(now);
        return sums == null ? 0 : sums.tokens.get(index(key));
    }

    /** Whether a key may have spent something that has no account. */
    boolean any(long now) {
        return lasting(now) != null;
    }

    private @Nullable Sums lasting(long now) {
        Sums sums = current.get();
        return sums != null && sums.lasts(now) ? sums : null;
    }

    private int index(String key) {
        return (int) (hash.hash(key.getBytes(StandardCharsets.UTF_8)) & (STRIPES - 1));
    }

    private static final class Sums {
        private final AtomicLongArray tokens = new AtomicLongArray(STRIPES);
        private final AtomicLong until;

        private Sums(long until) {
            this.until = new AtomicLong(until);
        }

        private boolean lasts(long now) {
            return until.get() - now > 0;
        }
    }
}

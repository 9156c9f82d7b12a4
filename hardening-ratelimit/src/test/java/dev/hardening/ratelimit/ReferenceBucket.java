package dev.hardening.ratelimit;

import java.math.BigInteger;
import java.util.List;

/** A bucket as one would write it on paper: fractions of a token in whole numbers of any size, no cleverness. */
final class ReferenceBucket {
    private final List<Limit> limits;
    private final BigInteger[] parts;
    private long time;

    ReferenceBucket(List<Limit> limits, long time) {
        this.limits = limits;
        this.time = time;
        parts = limits.stream().map(limit -> parts(limit, limit.capacity())).toArray(BigInteger[]::new);
    }

    boolean has(long now, long tokens) {
        pass(now);
        for (int index = 0; index < parts.length; index++) {
            if (parts[index].compareTo(parts(limits.get(index), tokens)) < 0) {
                return false;
            }
        }
        return true;
    }

    boolean take(long now, long tokens) {
        if (!has(now, tokens)) {
            return false;
        }
        for (int index = 0; index < parts.length; index++) {
            parts[index] = parts[index].subtract(parts(limits.get(index), tokens));
        }
        return true;
    }

    private void pass(long now) {
        for (int index = 0; index < parts.length; index++) {
            Limit limit = limits.get(index);
            BigInteger earned = BigInteger.valueOf(now - time).multiply(BigInteger.valueOf(limit.refill()));
            parts[index] = parts[index].add(earned).min(parts(limit, limit.capacity()));
        }
        time = now;
    }

    private static BigInteger parts(Limit limit, long tokens) {
        return BigInteger.valueOf(limit.per().toNanos()).multiply(BigInteger.valueOf(tokens));
    }
}

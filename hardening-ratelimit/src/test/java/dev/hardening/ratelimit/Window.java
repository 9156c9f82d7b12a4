package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;

/** The bound that every limiter must keep: in any window, no more than the capacity and what came back meanwhile. */
final class Window {
    private Window() {}

    /** Slides the window over all pairs of instants, one token an instant, in nanoseconds. */
    static void requireAtMost(List<Long> instants, Limit limit) {
        BigInteger period = BigInteger.valueOf(limit.per().toNanos());
        for (int first = 0; first < instants.size(); first++) {
            for (int last = first; last < instants.size(); last++) {
                BigInteger elapsed = BigInteger.valueOf(instants.get(last) - instants.get(first));
                BigInteger refilled =
                        elapsed.multiply(BigInteger.valueOf(limit.refill())).divide(period);
                long most = limit.capacity() + refilled.longValueExact();
                long admitted = last - first + 1L;
                assertTrue(admitted <= most, admitted + " admitted in " + elapsed + " ns, at most " + most);
            }
        }
    }
}

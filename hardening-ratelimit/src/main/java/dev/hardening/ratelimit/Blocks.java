package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Who is blocked under one policy.
 *
 * <p>A block is a debt in a bucket that holds one token and gets one back each second: it is over when the token is
 * there again, in every process, without anybody lifting it, and nothing is left to clean up.
 */
interface Blocks {
    /** How long an answer of a shared store is good for; two of them are the stated staleness. */
    Duration FRESH = Duration.ofSeconds(1);

    String SUFFIX = ".blocks";

    List<Limit> LIMITS = List.of(Limit.of("block", 1, Duration.ofSeconds(1)));

    /** Where a policy's blocks are kept. */
    static SpaceSpec space(String policy) {
        return SpaceSpec.of(name(policy), LIMITS);
    }

    /** Whether these buckets are blocks. */
    static boolean holds(SpaceSpec spec) {
        return spec.limits().equals(LIMITS) && spec.name().endsWith(SUFFIX);
    }

    static String name(String policy) {
        return policy + SUFFIX;
    }

    /** How many tokens keep the bucket empty for at least this long. */
    static long tokens(Duration wait) {
        return wait.isNegative() ? 0 : Seconds.roundUp(wait);
    }

    /** Whether nobody is blocked as far as this process knows, and nobody has to be asked. */
    boolean quiet();

    /** Whether {@link #left} may have to ask a store that is not in this process. */
    boolean shared();

    /** How much longer a key is blocked; zero if it is not. */
    CompletableFuture<Duration> left(Object key, Asking asking);

    /** As {@link #left}, by what this process knows without asking anybody. */
    Duration known(Object key);

    /** Whether the last question to the store had no answer. */
    boolean silent();

    /** As {@link #left}, asking the place where blocks are kept, and failing if it does not answer. */
    Duration asked(Object key);

    /**
     * Blocks a key for at least this long; what is left of a longer block stays.
     *
     * @return false if there is no room for one more key
     */
    boolean block(Object key, Duration duration);

    void unblock(Object key);
}

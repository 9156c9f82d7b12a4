package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to settle the tiers of a caller in a shared store.
 *
 * <p>What has to be debited is found by looking first; processes that look at the same moment would each debit it. So for
 * each caller there is a bucket of one token: who gets it settles and gives it back, and the others go on and come again. The
 * token of a process that died comes back after {@link #AGAIN}.
 */
final class Turns {
    /** How long a caller may be in two tiers of a shared store, in as many processes, before he settles again. */
    static final Duration AGAIN = Duration.ofSeconds(5);

    private static final String SUFFIX = ".tiers";
    private static final List<Limit> ONCE = List.of(Limit.of("turn", 1, AGAIN));

    private final SpaceSpec spec;
    private final Policy policy;
    private final BucketStore store;
    private volatile @Nullable Space opened;

    Turns(Policy policy, BucketStore store) {
        this.spec = SpaceSpec.of(name(policy.name()), ONCE).withFailureMode(policy.failureMode());
        this.policy = policy;
        this.store = store;
    }

    String key(Object found) {
        return policy.key().text(found);
    }

    static String name(String policy) {
        return policy + SUFFIX;
    }

    /** Opened by the first request that needs it; spaces of one name are one. */
    Space space() {
        Space known = opened;
        if (known == null) {
            known = store.open(spec);
            opened = known;
        }
        return known;
    }
}

package dev.hardening.ratelimit;

/** Says what a policy does with a request that has no key for it. */
public enum MissingKey {
    /** All requests without a key share one bucket, so that leaving the key out is no way around the limit. */
    SHARE,
    /** The policy does not apply; another policy must cover such requests. */
    SKIP
}

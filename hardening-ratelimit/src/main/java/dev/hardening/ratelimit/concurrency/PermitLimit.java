package dev.hardening.ratelimit.concurrency;

import dev.hardening.ratelimit.KeySpec;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.ratelimit.MissingKey;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Says how many requests of one key may be in flight at once.
 *
 * @param name {@code [a-z][a-z0-9._-]{0,63}}; stands in HTTP fields and meters
 * @param key says what is counted by
 * @param most how many may be in flight for each key, 1 to 1,000,000
 * @param maxHold after how long a request that has not said that it is over is taken to be, 1 ms to a day
 * @param missingKey what happens to a request without a key
 * @param visibility whether the caller may be told which limit refused him
 */
public record PermitLimit(
        String name, KeySpec key, int most, Duration maxHold, MissingKey missingKey, Visibility visibility) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,63}");
    private static final int MOST = 1_000_000;
    private static final Duration STANDARD_HOLD = Duration.ofMinutes(2);

    /**
     * Checks the figures.
     *
     * @param name stands in HTTP fields and meters
     * @param key says what is counted by
     * @param most how many may be in flight for each key
     * @param maxHold after how long a request is taken to be over
     * @param missingKey what happens to a request without a key
     * @param visibility whether the caller may be told
     * @throws IllegalArgumentException if one is out of range
     */
    public PermitLimit {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(missingKey, "missingKey");
        Objects.requireNonNull(visibility, "visibility");
        require(NAME.matcher(name).matches(), "name of a permit limit must match " + NAME + ", got \"" + name + '"');
        require(most >= 1 && most <= MOST, "most must be 1 to " + MOST + ", got " + most);
        Holds.require(maxHold);
    }

    /**
     * Allows {@code most} requests at once for each key, each for two minutes at most. Requests without a key count
     * together, and callers are told which limit refused them.
     *
     * @param name stands in HTTP fields and meters
     * @param key says what is counted by
     * @param most how many may be in flight for each key
     * @return the limit
     */
    public static PermitLimit of(String name, KeySpec key, int most) {
        return new PermitLimit(name, key, most, STANDARD_HOLD, MissingKey.SHARE, Visibility.SHOWN);
    }

    /**
     * Changes after how long a request is taken to be over.
     *
     * @param longest 1 ms to a day; longer than any request that is alive
     * @return a changed copy
     */
    public PermitLimit withMaxHold(Duration longest) {
        return new PermitLimit(name, key, most, longest, missingKey, visibility);
    }

    /**
     * Changes what happens to a request without a key.
     *
     * @param rule {@link MissingKey#SKIP} where the limit is for some requests only
     * @return a changed copy
     */
    public PermitLimit withMissingKey(MissingKey rule) {
        return new PermitLimit(name, key, most, maxHold, rule, visibility);
    }

    /**
     * Keeps the limit out of HTTP fields and bodies: for a key that the caller claims and has not proven.
     *
     * @return a changed copy
     */
    public PermitLimit hidden() {
        return new PermitLimit(name, key, most, maxHold, missingKey, Visibility.HIDDEN);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}

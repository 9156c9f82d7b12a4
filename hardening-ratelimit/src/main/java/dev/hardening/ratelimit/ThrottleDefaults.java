package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LoginThrottle.Backoff;
import dev.hardening.ratelimit.LoginThrottle.Dimension;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** The figures of a throttle that nobody has set: strict by account, patient with networks full of people. */
final class ThrottleDefaults {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final Duration HALF_HOUR = Duration.ofMinutes(30);

    private ThrottleDefaults() {}

    static Map<Dimension, Backoff> login() {
        Backoff person = new Backoff(5, TEN_SECONDS, QUARTER, HALF_HOUR);
        Backoff crowd = new Backoff(250, Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofSeconds(36));
        Map<Dimension, Backoff> figures = new EnumMap<>(Dimension.class);
        figures.put(Dimension.ACCOUNT_AND_CLIENT, person);
        figures.put(Dimension.DEVICE, person);
        // What ten devices have free. As many failures are forgotten as one device can go on to make, so that an old
        // password on a telephone shuts the lane of that telephone alone.
        figures.put(Dimension.ACCOUNT_DEVICES, new Backoff(50, TEN_SECONDS, QUARTER, QUARTER));
        figures.put(Dimension.ACCOUNT, new Backoff(20, TEN_SECONDS, QUARTER, HALF_HOUR));
        figures.put(Dimension.CLIENT_IPV4, crowd);
        figures.put(Dimension.CLIENT_IPV6_SITE, crowd);
        figures.put(
                Dimension.CLIENT_IPV6,
                new Backoff(50, Duration.ofSeconds(1), Duration.ofSeconds(90), Duration.ofMinutes(3)));
        return figures;
    }

    static Backoff secondFactor() {
        return secondFactor(5);
    }

    /** All devices of an account together. */
    static Backoff secondFactorOfDevices() {
        return secondFactor(10);
    }

    private static Backoff secondFactor(int free) {
        return new Backoff(free, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofHours(2));
    }
}

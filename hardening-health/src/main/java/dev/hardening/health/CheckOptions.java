package dev.hardening.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How often, how long and how strictly one check is run; handed to the last parameter of
 * {@link Health.Builder#readiness(String, HealthCheck, java.util.function.Consumer)}.
 *
 * <p>Defaults for readiness: every 5 s, timeout 1 s, down after 3 failures in a row, up after 2 successes in a row,
 * degrades. For liveness: every 30 s, timeout 1 s, down after 2, up after 1, critical. Used during building only; not
 * safe for many threads.
 */
public final class CheckOptions {
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration MAX_INTERVAL = Duration.ofDays(1);
    private static final Duration MIN_DURATION = Duration.ofMillis(10);
    private static final int MAX_THRESHOLD = 100;

    private Impact impact;
    private Duration every;
    private Duration timeout = Duration.ofSeconds(1);
    private int failAfter;
    private int recoverAfter;
    private boolean interrupt;

    private CheckOptions(Impact impact, Duration every, int failAfter, int recoverAfter) {
        this.impact = impact;
        this.every = every;
        this.failAfter = failAfter;
        this.recoverAfter = recoverAfter;
    }

    static CheckOptions readiness() {
        return new CheckOptions(Impact.DEGRADES, Duration.ofSeconds(5), 3, 2);
    }

    static CheckOptions liveness() {
        return new CheckOptions(Impact.CRITICAL, Duration.ofSeconds(30), 2, 1);
    }

    /**
     * Takes this instance out of traffic while the check is down.
     *
     * @return this
     */
    public CheckOptions critical() {
        return impact(Impact.CRITICAL);
    }

    /**
     * Shows the check and lets it change nothing.
     *
     * @return this
     */
    public CheckOptions info() {
        return impact(Impact.INFO);
    }

    /**
     * Sets what a failure does.
     *
     * @param value not calling it: degrades for readiness, critical for liveness
     * @return this
     */
    public CheckOptions impact(Impact value) {
        impact = Objects.requireNonNull(value, "impact");
        return this;
    }

    /**
     * Sets the time from one start to the next.
     *
     * @param value 10 ms to a day; not calling it: 5 s for readiness, 30 s for liveness
     * @return this
     */
    public CheckOptions every(Duration value) {
        every = Objects.requireNonNull(value, "every");
        return this;
    }

    /**
     * Sets how long one run may take.
     *
     * @param value 10 ms to a minute; not calling it: 1 s
     * @return this
     */
    public CheckOptions timeout(Duration value) {
        timeout = Objects.requireNonNull(value, "timeout");
        return this;
    }

    /**
     * Sets how many failures in a row take the check down.
     *
     * @param value 1 to 100; not calling it: 3 for readiness, 2 for liveness
     * @return this
     */
    public CheckOptions failAfter(int value) {
        failAfter = value;
        return this;
    }

    /**
     * Sets how many successes in a row bring the check up again.
     *
     * @param value 1 to 100; not calling it: 2 for readiness, 1 for liveness
     * @return this
     */
    public CheckOptions recoverAfter(int value) {
        recoverAfter = value;
        return this;
    }

    /**
     * Interrupts the check's thread when its time is over.
     *
     * <p>Not calling it: never, since an interrupt closes a shared channel of {@code java.nio} for everyone. Call it only
     * for a check that uses nothing others use.
     *
     * @return this
     */
    public CheckOptions allowInterrupt() {
        interrupt = true;
        return this;
    }

    Impact impact() {
        return impact;
    }

    Duration every() {
        return every;
    }

    Duration timeout() {
        return timeout;
    }

    int failAfter() {
        return failAfter;
    }

    int recoverAfter() {
        return recoverAfter;
    }

    boolean interrupt() {
        return interrupt;
    }

    List<String> faults(String check) {
        List<String> faults = new ArrayList<>();
        within(faults, check + ": every", every, MAX_INTERVAL);
        within(faults, check + ": timeout", timeout, MAX_TIMEOUT);
        within(faults, check + ": failAfter", failAfter);
        within(faults, check + ": recoverAfter", recoverAfter);
        return faults;
    }

    private static void within(List<String> faults, String what, Duration value, Duration most) {
        if (value.compareTo(MIN_DURATION) < 0 || value.compareTo(most) > 0) {
            faults.add(what + " must be from " + MIN_DURATION + " to " + most + ", got " + value);
        }
    }

    private static void within(List<String> faults, String what, int value) {
        if (value < 1 || value > MAX_THRESHOLD) {
            faults.add(what + " must be from 1 to " + MAX_THRESHOLD + ", got " + value);
        }
    }
}

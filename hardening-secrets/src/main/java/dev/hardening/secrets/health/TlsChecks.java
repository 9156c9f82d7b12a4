package dev.hardening.secrets.health;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.secrets.tls.TlsReloader;
import dev.hardening.secrets.tls.TlsStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Checks of the certificate that a {@link TlsReloader} serves.
 *
 * <p>A certificate that ended fails. One that ends soon, files that cannot be used, and a key that everybody may read
 * are worth a look; so is a reading that is overdue, since a renewal would not be seen. A check reads no file and takes no time.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class TlsChecks {
    private static final Duration SOON = Duration.ofDays(21);
    /** How late a reading may be on a machine that is busy or was asleep. */
    private static final Duration OVERDUE = Duration.ofMinutes(5);

    private TlsChecks() {}

    /**
     * Warns 21 days before the end, by the clock of the system.
     *
     * @param tls serves the certificate
     * @return a check for readiness
     */
    public static HealthCheck expiry(TlsReloader tls) {
        return expiry(tls, SOON, Clock.systemUTC());
    }

    /**
     * Warns some time before the end.
     *
     * @param tls serves the certificate
     * @param soon how long before; longer than a failed renewal takes to be noticed and mended
     * @param clock says what time it is
     * @return a check for readiness
     */
    public static HealthCheck expiry(TlsReloader tls, Duration soon, Clock clock) {
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(soon, "soon");
        Objects.requireNonNull(clock, "clock");
        if (soon.isNegative()) {
            throw new IllegalArgumentException("soon must not be negative, got " + soon);
        }
        return deadline -> result(tls.status(), soon, clock);
    }

    private static CheckResult result(TlsStatus status, Duration soon, Clock clock) {
        Instant now = clock.instant();
        Duration left = Duration.between(now, status.notAfter());
        CheckResult result = judged(status, left, soon, now)
                .with("notAfter", status.notAfter())
                .with("daysLeft", left.toDays());
        return status.failure()
                .map(failure -> result.with("failingSince", failure.since()))
                .orElse(result);
    }

    private static CheckResult judged(TlsStatus status, Duration left, Duration soon, Instant now) {
        if (left.isNegative()) {
            return CheckResult.fail("certificate expired");
        }
        if (status.failure().isPresent()) {
            return CheckResult.warn("certificate files cannot be used");
        }
        if (left.compareTo(soon) <= 0) {
            return CheckResult.warn("certificate ends soon");
        }
        if (now.isAfter(status.nextRead().plus(OVERDUE))) {
            return CheckResult.warn("certificate files are not read any more");
        }
        return status.warnings().isEmpty()
                ? CheckResult.ok()
                : CheckResult.warn(status.warnings().get(0));
    }
}

package dev.hardening.health.internal;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.Status;
import java.time.Duration;
import java.util.Map;

/**
 * What is known of one check; everything under the engine's lock.
 *
 * <p>Only consecutive results count: a success resets the count of failures and the other way round. The first result
 * decides at once, since there is no status yet that could be defended.
 */
final class CheckState {
    private static final CheckResult PENDING = CheckResult.fail("pending");
    private static final CheckResult STALE = CheckResult.fail("stale");

    final CheckSpec spec;
    long nextDue;

    private CheckResult last = PENDING;
    private boolean pending = true;
    private boolean down = true;
    private boolean stale;
    private boolean stuck;
    private int streak;
    private long resultAt;
    private long duration;
    private long runs;
    private long failures;
    private long transitions;

    CheckState(CheckSpec spec) {
        this.spec = spec;
    }

    void apply(CheckResult result, long now) {
        boolean failed = result.outcome() == Outcome.FAIL;
        boolean same = !pending && failed == (last.outcome() == Outcome.FAIL);
        streak = same ? Math.min(streak + 1, Integer.MAX_VALUE - 1) : 1;
        int needed = failed ? spec.pace().failAfter() : spec.pace().recoverAfter();
        if (pending || streak >= needed) {
            down = failed;
        }
        runs++;
        failures += failed ? 1 : 0;
        pending = false;
        stale = false;
        last = result;
        resultAt = now;
    }

    void finished(long nanos) {
        duration = nanos;
        stuck = false;
    }

    void stuck() {
        stuck = true;
    }

    void changed() {
        transitions++;
    }

    /** Lets the last result age as if the process had not stood still. */
    void forgive(long nanos) {
        resultAt += nanos;
    }

    /** Stops believing a result that has grown too old. */
    boolean age(long now) {
        boolean old = !pending && now - resultAt > spec.pace().staleAfter();
        boolean news = old && !stale;
        stale = old;
        return news;
    }

    boolean pending() {
        return pending;
    }

    Status status() {
        if (down || stale) {
            return Status.DOWN;
        }
        return last.outcome() == Outcome.WARN ? Status.WARN : Status.UP;
    }

    CheckStatus view(long now, boolean withData) {
        CheckResult shown = stale ? STALE : last;
        Map<String, Object> data = withData ? shown.data() : Map.of("cut", true);
        Duration age = pending ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - resultAt));
        CheckStatus.Stats stats =
                new CheckStatus.Stats(runs, failures, transitions, Duration.ofNanos(duration), age, stuck);
        return new CheckStatus(spec.name(), spec.kind(), spec.impact(), status(), shown.reason(), data, stats);
    }
}

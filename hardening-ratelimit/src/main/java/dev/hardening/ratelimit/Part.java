package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one bucket was asked in one decision, and what came of it; written by the thread that decides. */
final class Part {
    final Unit unit;
    final Object key;
    final long cost;
    final boolean shadow;

    @Nullable
    Take take;

    State state = State.UNASKED;

    Part(Unit unit, Object key, long cost, boolean shadow) {
        this.unit = unit;
        this.key = key;
        this.cost = cost;
        this.shadow = shadow;
    }

    void answered(Take answer, State granted) {
        take = answer;
        state = answer.granted() ? granted : State.REFUSED;
    }

    Policy policy() {
        return unit.policy();
    }

    Duration retryAfter() {
        Take answer = take;
        return answer == null ? Duration.ZERO : answer.retryAfter();
    }

    /** How the limits stand, with what has been given back since. */
    void addStatuses(List<LimitStatus> statuses) {
        Take answer = take;
        if (answer == null) {
            return;
        }
        Visibility visibility = shadow || isOfStrangers(answer) ? Visibility.HIDDEN : policy().visibility();
        List<Level> levels = answer.levels();
        for (int index = 0; index < levels.size(); index++) {
            statuses.add(status(unit.limits().get(index), levels.get(index), visibility));
        }
    }

    /** What others have used is nobody's business: the bucket of all who have no key, or a stripe. */
    private boolean isOfStrangers(Take answer) {
        if (answer.source() == Source.OVERFLOW) {
            return true;
        }
        return unit.local() == null
                ? KeySpec.NOBODY.toString().equals(key)
                : key == KeySpec.NOBODY || LocalTake.isNobodys(answer);
    }

    private LimitStatus status(Limit limit, Level level, Visibility visibility) {
        long remaining = Math.max(0, level.available());
        if (state != State.RETURNED) {
            return new LimitStatus(
                    policy().name(), limit, remaining, level.nextToken(), level.retryAfter(), visibility);
        }
        // Whole tokens go back, so the next one comes when it would have come, unless the limit is untouched again.
        long whole = Math.min(limit.capacity(), remaining + cost);
        Duration next = whole == limit.capacity() ? Duration.ZERO : level.nextToken();
        return new LimitStatus(policy().name(), limit, whole, next, level.retryAfter(), visibility);
    }

    /** How far a part has come. */
    enum State {
        /** Nothing was asked, or the store did not answer. */
        UNASKED,
        /** It can never pass. */
        LEFT_OUT,
        /** The tokens were there, and nothing was taken. */
        PEEKED,
        /** The tokens were taken. */
        TAKEN,
        /** The tokens were not there. */
        REFUSED,
        /** The tokens were taken and given back. */
        RETURNED
    }
}

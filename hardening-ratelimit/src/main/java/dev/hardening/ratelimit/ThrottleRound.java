package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Reason;
import dev.hardening.ratelimit.LoginThrottle.Dimension;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt on its way through the gates, for one thread: through the lane of its device, or else through that for
 * anybody. At the end it has paid at every gate of one lane, or at none.
 */
final class ThrottleRound {
    private final LoginThrottle throttle;
    private final List<ThrottleGate.Ticket> tickets = new ArrayList<>();

    ThrottleRound(LoginThrottle throttle) {
        this.throttle = throttle;
    }

    /** Why the attempt has to wait, or null if it may go on. */
    @Nullable
    Refusal run(ThrottleKeys keys) {
        String device = keys.device().get(Dimension.DEVICE);
        if (device == null) {
            return through(keys.anybody());
        }
        Refusal own = through(keys.device());
        if (own == null || own.reason == Reason.STORE) {
            return own;
        }
        Refusal common = through(keys.anybody());
        if (common == null) {
            tickets.add(throttle.gate(Dimension.DEVICE).unpaid(device));
            return null;
        }
        // Either lane would do, so the shorter wait is the true one.
        return common.reason == Reason.STORE || own.isLongerThan(common) ? common : own;
    }

    List<ThrottleGate.Ticket> tickets() {
        return tickets;
    }

    private @Nullable Refusal through(Map<Dimension, String> lane) {
        Refusal refusal = null;
        try {
            for (Map.Entry<Dimension, String> key : lane.entrySet()) {
                refusal = enter(throttle.gate(key.getKey()), key.getValue(), refusal);
            }
        } catch (RuntimeException failure) {
            // A store is somebody else's code: whatever it throws, the attempt gets an answer.
            throttle.failed(Operation.TAKE, failure);
            refusal = new Refusal(Dimension.ACCOUNT, Check.STORE_RETRY, Reason.STORE);
        }
        if (refusal != null) {
            tickets.forEach(ticket -> throttle.safely(Operation.REFUND, ticket::refund));
            tickets.clear();
        }
        return refusal;
    }

    /** Takes a ticket at one gate; after a refusal only asks, so that the wait told is the longest of all. */
    private @Nullable Refusal enter(ThrottleGate gate, String key, @Nullable Refusal before) {
        Take take = before == null ? gate.take(key) : gate.peek(key);
        if (!take.granted()) {
            Refusal mine = new Refusal(gate.dimension(), take.retryAfter(), Reason.LIMIT);
            return before == null || mine.isLongerThan(before) ? mine : before;
        }
        if (before == null) {
            tickets.add(gate.ticket(key, take));
        }
        return before;
    }

    record Refusal(Dimension dimension, Duration delay, Reason reason) {
        private boolean isLongerThan(Refusal other) {
            return delay.compareTo(other.delay) > 0;
        }
    }
}

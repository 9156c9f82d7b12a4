package dev.hardening.ratelimit.concurrency;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Who sits on the {@link Seats} since when, so that a seat whose request never says that it is over can be taken back.
 *
 * <p>Whoever flips {@code left} of a seat gives it back: the end of the request or its expiry, never both. Overdue seats are
 * looked for when there is no room, by one thread at a time, and only if the oldest may be overdue by now.
 */
final class SeatRegister {
    private final Seats seats;
    private final long maxHold;
    private final Set<Seat> taken = ConcurrentHashMap.newKeySet();
    /** No seat is overdue before this time. */
    private final AtomicLong firstDue;

    private final LongAdder expired = new LongAdder();

    SeatRegister(Seats seats, long maxHold, long now) {
        this.seats = seats;
        this.maxHold = maxHold;
        firstDue = new AtomicLong(now + maxHold);
    }

    /** A permit, or null if there is no room; {@code overdue} gets how long the seats were held that were taken back. */
    @Nullable
    Permit enter(Priority priority, long now, List<Duration> overdue) {
        // Everything that may fail for want of memory before the count changes.
        Seat seat = new Seat(priority, now);
        Permit permit = new Permit(() -> leave(seat));
        if (!seats.take(priority) && !(sweepIfDue(now, overdue) && seats.take(priority))) {
            return null;
        }
        boolean entered = false;
        try {
            entered = taken.add(seat);
        } finally {
            if (!entered) {
                leave(seat);
            }
        }
        return permit;
    }

    void purge(long now, int most, List<Duration> overdue) {
        for (Seat seat : taken) {
            if (overdue.size() >= most) {
                return;
            }
            if (overdue(seat, now)) {
                expire(seat, now, overdue);
            }
        }
    }

    long expired() {
        return expired.sum();
    }

    int size() {
        return taken.size();
    }

    private boolean sweepIfDue(long now, List<Duration> overdue) {
        long due = firstDue.get();
        if (now - due < 0 || !firstDue.compareAndSet(due, now + maxHold)) {
            return false;
        }
        long left = maxHold;
        for (Seat seat : taken) {
            if (overdue(seat, now)) {
                expire(seat, now, overdue);
            } else {
                left = Math.min(left, seat.since + maxHold - now);
            }
        }
        firstDue.set(now + left);
        return true;
    }

    private boolean overdue(Seat seat, long now) {
        return now - seat.since >= maxHold;
    }

    private void expire(Seat seat, long now, List<Duration> overdue) {
        if (leave(seat)) {
            expired.increment();
            overdue.add(Duration.ofNanos(now - seat.since));
        }
    }

    private boolean leave(Seat seat) {
        if (!seat.left.compareAndSet(false, true)) {
            return false;
        }
        taken.remove(seat);
        seats.give(seat.priority);
        return true;
    }

    private static final class Seat {
        private final Priority priority;
        private final long since;
        private final AtomicBoolean left = new AtomicBoolean();

        private Seat(Priority priority, long since) {
            this.priority = priority;
            this.since = since;
        }
    }
}

package dev.hardening.audit.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Records that wait for the writer, bounded by count and by bytes; safe for many threads.
 *
 * <p>Waiting is not interruptible, because it is bounded and a caller must learn what became of its event; the interrupt
 * flag is set again.
 */
final class RecordQueue {
    /** What became of an offer. */
    enum Offer {
        TAKEN,
        FULL,
        CLOSED
    }

    /** How much to take at most. */
    record Size(int records, long bytes) {}

    private final int maxRecords;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition freed = lock.newCondition();
    private final ArrayDeque<Pending> records = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    RecordQueue(int maxRecords, long maxBytes) {
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    int count() {
        return read(records::size);
    }

    long bytes() {
        return read(() -> bytes);
    }

    boolean closed() {
        return read(() -> closed);
    }

    Offer offer(Pending pending, Duration patience) {
        boolean interrupted = false;
        lock.lock();
        try {
            long nanos = patience.toNanos();
            long deadline = System.nanoTime() + nanos;
            while (!closed && full(pending) && nanos > 0) {
                try {
                    freed.awaitNanos(nanos);
                } catch (InterruptedException signal) {
                    interrupted = true;
                }
                nanos = deadline - System.nanoTime();
            }
            return put(pending);
        } finally {
            lock.unlock();
            restore(interrupted);
        }
    }

    /** Waits for a record, no longer than {@code patience}, and moves as many into the group as fit. */
    void take(List<Pending> group, Size most, Duration patience) {
        lock.lock();
        try {
            awaitRecord(patience);
            long room = most.bytes;
            for (int count = 0; count < most.records && fits(room); count++) {
                // In the group before it leaves the queue: a record is always in one of them.
                group.add(records.element());
                int length = records.remove().record().length();
                room -= length;
                bytes -= length;
            }
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            filled.signalAll();
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean fits(long room) {
        Pending next = records.peek();
        return next != null && next.record().length() <= room;
    }

    private boolean full(Pending pending) {
        return records.size() >= maxRecords || bytes + pending.record().length() > maxBytes;
    }

    private Offer put(Pending pending) {
        if (closed) {
            return Offer.CLOSED;
        }
        if (full(pending)) {
            return Offer.FULL;
        }
        records.add(pending);
        bytes += pending.record().length();
        filled.signal();
        return Offer.TAKEN;
    }

    private void awaitRecord(Duration patience) {
        long nanos = TimeUnit.NANOSECONDS.convert(patience);
        while (records.isEmpty() && !closed && nanos > 0) {
            try {
                nanos = filled.awaitNanos(nanos);
            } catch (InterruptedException signal) {
                // Only the writer waits here, and only close() may end it.
            }
        }
    }

    private <T> T read(Supplier<T> field) {
        lock.lock();
        try {
            return field.get();
        } finally {
            lock.unlock();
        }
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.hardening.audit.internal;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Counts events that were not stored until a gap record tells of them; safe for many threads. */
final class Losses {
    static final String QUEUE_FULL = "queue_full";
    static final String WRITE_FAILED = "write_failed";

    /** Types are made by code, not by callers of a service; the bound is for code gone wrong. */
    private static final int MAX_TYPES = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private Map<String, Long> byType = new HashMap<>();
    private Map<String, Long> byReason = new HashMap<>();
    private @Nullable Instant first;
    private @Nullable Instant last;
    private long unreported;
    private long total;

    void add(String type, String reason, Instant now) {
        lock.lock();
        try {
            String name = byType.size() < MAX_TYPES || byType.containsKey(type) ? type : "other";
            byType.merge(name, 1L, Long::sum);
            byReason.merge(reason, 1L, Long::sum);
            first = first == null ? now : first;
            last = now;
            unreported++;
            total++;
        } finally {
            lock.unlock();
        }
    }

    long unreported() {
        lock.lock();
        try {
            return unreported;
        } finally {
            lock.unlock();
        }
    }

    long total() {
        lock.lock();
        try {
            return total;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is to be reported; whoever takes it says afterwards whether the report was stored. */
    Optional<Gap> take() {
        lock.lock();
        try {
            if (first == null || last == null) {
                return Optional.empty();
            }
            long count = byType.values().stream().mapToLong(Long::longValue).sum();
            Gap gap = new Gap(count, byType, byReason, first, last);
            byType = new HashMap<>();
            byReason = new HashMap<>();
            first = null;
            last = null;
            return Optional.of(gap);
        } finally {
            lock.unlock();
        }
    }

    void reported(Gap gap) {
        lock.lock();
        try {
            unreported -= gap.count;
        } finally {
            lock.unlock();
        }
    }

    void giveBack(Gap gap) {
        lock.lock();
        try {
            gap.byType.forEach((type, count) -> byType.merge(type, count, Long::sum));
            gap.byReason.forEach((reason, count) -> byReason.merge(reason, count, Long::sum));
            first = gap.first;
            last = last == null ? gap.last : last;
        } finally {
            lock.unlock();
        }
    }

    /** Losses that one gap record tells of. */
    record Gap(long count, Map<String, Long> byType, Map<String, Long> byReason, Instant first, Instant last) {
        Map<String, Object> facts() {
            return Map.of(
                    "count",
                    count,
                    "by_type",
                    new TreeMap<>(byType),
                    "by_reason",
                    new TreeMap<>(byReason),
                    "first",
                    EventEncoder.time(first),
                    "last",
                    EventEncoder.time(last));
        }
    }
}

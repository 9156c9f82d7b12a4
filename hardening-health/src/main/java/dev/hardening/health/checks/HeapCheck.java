package dev.hardening.health.checks;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.health.LocalCheck;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/**
 * Reads the pools that survive a collection. Only they have a usage threshold; the young ones are empty after each
 * collection and would hide a full heap.
 */
final class HeapCheck implements LocalCheck {
    private static final int WHOLE = 100;

    private final List<MemoryPoolMXBean> pools;
    private final int failAbove;

    HeapCheck(List<MemoryPoolMXBean> pools, int failAbove) {
        this.pools = pools.stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
                .toList();
        this.failAbove = failAbove;
    }

    @Override
    public CheckResult run(Deadline deadline) {
        long fullest = 0;
        for (MemoryPoolMXBean pool : pools) {
            MemoryUsage usage = pool.getCollectionUsage();
            if (usage != null && usage.getMax() > 0) {
                fullest = Math.max(fullest, WHOLE * usage.getUsed() / usage.getMax());
            }
        }
        CheckResult result = fullest > failAbove ? CheckResult.fail("heap") : CheckResult.ok();
        return result.with("percentAfterCollection", fullest);
    }
}

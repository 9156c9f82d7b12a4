package dev.hardening.health.checks;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.health.LocalCheck;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** Asks the JVM for cycles of waiting threads. */
final class DeadlockCheck implements LocalCheck {
    private final ThreadMXBean threads;

    DeadlockCheck(ThreadMXBean threads) {
        this.threads = threads;
    }

    @Override
    public CheckResult run(Deadline deadline) {
        long[] ids = threads.findDeadlockedThreads();
        if (ids == null) {
            return CheckResult.ok();
        }
        String names = Arrays.stream(threads.getThreadInfo(ids))
                .filter(Objects::nonNull)
                .map(ThreadInfo::getThreadName)
                .collect(Collectors.joining(", "));
        return CheckResult.fail("deadlock").with("count", ids.length).with("threads", names);
    }
}

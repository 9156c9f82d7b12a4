package dev.hardening.health.internal;

import dev.hardening.health.HealthListener;
import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Everything an engine needs to know.
 *
 * @param name the service, part of thread names
 * @param checks in the order in which they are shown
 * @param gates startup gates, all closed at first
 * @param listeners each gets a thread of its own while events wait
 * @param clock for the times in events
 * @param ticker for everything else
 * @param staleAfter nanoseconds after which an answer is no longer believed
 * @param maxConcurrent checks that run at the same time
 */
public record EngineSetup(
        String name,
        List<CheckSpec> checks,
        List<String> gates,
        List<HealthListener> listeners,
        Clock clock,
        LongSupplier ticker,
        long staleAfter,
        int maxConcurrent) {
    /** Copies the lists. */
    public EngineSetup {
        checks = List.copyOf(checks);
        gates = List.copyOf(gates);
        listeners = List.copyOf(listeners);
    }
}

package dev.hardening.audit.micrometer;

import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Objects;

/**
 * Counts what a log stores and loses.
 *
 * <p>Given to the log's builder as listener it feeds {@code hardening.audit.records}, {@code hardening.audit.written} (bytes),
 * {@code hardening.audit.lost} (by reason), {@code hardening.audit.segment.failures} and the timer {@code hardening.audit.force};
 * {@link #watch} adds the gauges of the queue and of the state. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class AuditMeters implements AuditListener {
    private static final String[] REASONS = {"queue_full", "write_failed"};

    private final MeterRegistry registry;
    private final Counter records;
    private final Counter bytes;
    private final Counter failures;
    private final Timer force;

    private AuditMeters(MeterRegistry registry) {
        this.registry = registry;
        records = Counter.builder("hardening.audit.records")
                .description("Audit records forced to the disk")
                .baseUnit("records")
                .register(registry);
        bytes = Counter.builder("hardening.audit.written")
                .description("Bytes of audit records forced to the disk")
                .baseUnit("bytes")
                .register(registry);
        failures = Counter.builder("hardening.audit.segment.failures")
                .description("Segments that could not be written or forced")
                .baseUnit("failures")
                .register(registry);
        force = Timer.builder("hardening.audit.force")
                .description("Time to write and force one group of audit records")
                .register(registry);
        for (String reason : REASONS) {
            lost(reason);
        }
    }

    /**
     * Makes the meters.
     *
     * @param registry where they are registered
     * @return the listener to hand to {@link AuditLog.Builder#listener}
     */
    public static AuditMeters of(MeterRegistry registry) {
        return new AuditMeters(Objects.requireNonNull(registry, "registry"));
    }

    /**
     * Adds the gauges of an open log.
     *
     * @param log the log
     * @return this
     */
    public AuditMeters watch(AuditLog log) {
        Objects.requireNonNull(log, "log");
        Gauge.builder(
                        "hardening.audit.queue.records",
                        log,
                        open -> open.status().queuedRecords())
                .description("Audit records that wait for the disk")
                .baseUnit("records")
                .register(registry);
        Gauge.builder("hardening.audit.queue.size", log, open -> open.status().queuedBytes())
                .description("Bytes of audit records that wait for the disk")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("hardening.audit.gap", log, open -> open.status().unreportedLost())
                .description("Lost audit events that stand in no gap record yet")
                .baseUnit("events")
                .register(registry);
        Gauge.builder("hardening.audit.running", log, AuditMeters::running)
                .description("1 while audit records reach the disk, else 0")
                .baseUnit("logs")
                .register(registry);
        return this;
    }

    @Override
    public void committed(Commit commit) {
        records.increment(commit.records());
        bytes.increment(commit.bytes());
        force.record(commit.duration());
    }

    @Override
    public void lost(Loss loss) {
        lost(loss.reason()).increment();
    }

    @Override
    public void segmentFailed(SegmentFailure failure) {
        failures.increment();
    }

    private Counter lost(String reason) {
        return Counter.builder("hardening.audit.lost")
                .description("Audit events that were refused or failed")
                .baseUnit("events")
                .tag("reason", reason)
                .register(registry);
    }

    private static double running(AuditLog log) {
        return log.status().state() == AuditStatus.State.RUNNING ? 1 : 0;
    }
}

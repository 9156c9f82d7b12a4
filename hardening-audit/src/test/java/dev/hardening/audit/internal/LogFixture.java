package dev.hardening.audit.internal;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditListener;
import dev.hardening.audit.Events;
import dev.hardening.audit.Receipt;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Opens logs on simulated disks and reads them back through the real reader. */
final class LogFixture {
    static final String ORIGIN = "lms/test";

    private final Path temp;
    private final AtomicInteger folders = new AtomicInteger();
    private LogWriter.Limits limits =
            new LogWriter.Limits(1 << 20, 1000, 1 << 20, Duration.ofSeconds(5), Duration.ofSeconds(10));
    private AuditListener listener = AuditListener.NONE;
    private LongSupplier ticker = System::nanoTime;

    LogFixture(Path temp) {
        this.temp = temp;
    }

    LogFixture limits(LogWriter.Limits value) {
        limits = value;
        return this;
    }

    LogFixture listener(AuditListener value) {
        listener = value;
        return this;
    }

    LogFixture ticker(LongSupplier value) {
        ticker = value;
        return this;
    }

    /** One log at a time: all share one lock. */
    LogWriter open(SegmentFiles files) throws IOException {
        Path folder = temp.resolve("lock");
        if (!LogFolder.prepare(folder).isEmpty()) {
            throw new AssertionError("bad temporary folder");
        }
        return LogWriter.open(LogFolder.lock(folder).orElseThrow(), files, settings());
    }

    LogWriter.Settings settings() {
        return new LogWriter.Settings(
                ORIGIN,
                "test",
                limits,
                new Redactor(Set.of(), List.of()),
                listener,
                Clock.systemUTC(),
                ticker,
                new SecureRandom());
    }

    AuditReader reader(SimulatedDisk disk) {
        try {
            return AuditReader.of(disk.materialise(temp.resolve("read" + folders.incrementAndGet())));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    List<StoredEvent> events(SimulatedDisk disk) {
        return reader(disk).find(event -> true);
    }

    static Receipt record(LogWriter log, String course) {
        return log.await(log.submit(event(course)));
    }

    static AuditEvent event(String course) {
        return Events.courseCreated(Actor.user("u1"), course).build();
    }
}

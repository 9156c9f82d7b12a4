package dev.hardening.audit.internal;

import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditStatus;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.Receipt;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open log: the callers' side of the queue, and the life of the writer thread. Safe for many threads. */
public final class LogWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogWriter.class);

    private final Settings settings;
    private final LogFolder folder;
    private final EventEncoder encoder;
    private final RecordQueue queue;
    private final Losses losses = new Losses();
    private final AuditListener listener;
    private final GroupCommit commit;
    private final Thread thread;

    private LogWriter(Settings settings, LogFolder folder, Journal journal) {
        this.settings = settings;
        this.folder = folder;
        this.encoder = settings.encoder();
        this.queue = new RecordQueue(
                settings.limits().queueRecords(), settings.limits().queueBytes());
        this.listener = new GuardedListener(settings.listener());
        this.commit = new GroupCommit(
                new GroupCommit.Parts(
                        settings.origin(),
                        queue,
                        losses,
                        new OwnEvents(encoder),
                        listener,
                        settings.clock(),
                        settings.ticker()),
                journal);
        this.thread = new Thread(this::write, "audit-" + settings.origin());
        this.thread.setDaemon(true);
    }

    /**
     * Opens a log; on return its start record is on the disk.
     *
     * @param folder the directory, locked; freed when the log is closed or not opened, once nothing writes to it
     * @param settings what the builder collected
     * @return the open log
     * @throws IOException if the disk does not answer
     */
    public static LogWriter open(LogFolder folder, Settings settings) throws IOException {
        return open(folder, folder.segments(), settings);
    }

    static LogWriter open(LogFolder folder, SegmentFiles files, Settings settings) throws IOException {
        boolean ready = false;
        LogWriter writer;
        Journal.Opened opened;
        try {
            opened = Journal.open(files, settings.origin(), settings.limits().segmentBytes());
            writer = new LogWriter(settings, folder, opened.journal());
            ready = true;
        } finally {
            if (!ready) {
                folder.close();
            }
        }
        writer.start(opened);
        return writer;
    }

    /**
     * Queues an event, waiting for room if there is none.
     *
     * @param event any event but one of the log's own
     * @return the promise that it is on the disk
     */
    public CompletableFuture<Receipt> submit(AuditEvent event) {
        return queue(event, settings.limits().queueTimeout());
    }

    /**
     * Queues an event if there is room.
     *
     * @param event any event but one of the log's own
     * @return the promise that it is on the disk
     */
    public CompletableFuture<Receipt> offer(AuditEvent event) {
        return queue(event, Duration.ZERO);
    }

    private CompletableFuture<Receipt> queue(AuditEvent event, Duration patience) {
        if (event.type().reserved()) {
            throw new IllegalArgumentException("only the log itself writes " + event.type());
        }
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("the audit writer must not wait for itself; use an executor");
        }
        Pending pending = Pending.of(encoder.encode(event));
        return switch (queue.offer(pending, patience)) {
            case TAKEN -> pending.receipt();
            case FULL -> refused(pending);
            case CLOSED -> CompletableFuture.failedFuture(unavailable("is closed"));
        };
    }

    /**
     * Waits for a promise, whatever interrupts, no longer than the acknowledgement may take.
     *
     * @param promise what {@link #submit} returned
     * @return where the event is
     */
    public Receipt await(CompletableFuture<Receipt> promise) {
        boolean interrupted = false;
        long deadline =
                System.nanoTime() + settings.limits().acknowledgeTimeout().toNanos();
        try {
            while (true) {
                try {
                    return promise.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException signal) {
                    interrupted = true;
                } catch (TimeoutException late) {
                    throw unavailable("has not answered in time; the event may still be stored");
                } catch (ExecutionException broken) {
                    throw told(broken);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Shows how the log fares.
     *
     * @return the status now
     */
    public AuditStatus status() {
        AuditStatus.State state = queue.closed() ? AuditStatus.State.CLOSED : commit.state();
        return new AuditStatus(state, commit.size(), queue.count(), queue.bytes(), losses.total(), losses.unreported());
    }

    /** Stores what is queued, writes the stop record and frees the directory; closing again does nothing. */
    public void close() {
        queue.close();
        awaitEnd();
        if (thread.isAlive()) {
            LOGGER.error(
                    "audit log {} still waits for the disk; its directory is locked until then", settings.origin());
        } else {
            freeFolder();
        }
    }

    /** The directory is free when its last writer has ended, not when somebody grew tired of waiting for it. */
    private void write() {
        try {
            commit.run();
        } finally {
            freeFolder();
        }
    }

    /** Waits for the writer to end, whatever interrupts, no longer than the acknowledgement may take. */
    private void awaitEnd() {
        boolean interrupted = false;
        long deadline =
                System.nanoTime() + settings.limits().acknowledgeTimeout().toNanos();
        long left = deadline - System.nanoTime();
        while (thread.isAlive() && left > 0) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException signal) {
                interrupted = true;
            }
            left = deadline - System.nanoTime();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void start(Journal.Opened opened) throws IOException {
        List<CompletableFuture<Receipt>> promises = new ArrayList<>();
        long size = opened.journal().nextIndex();
        OwnEvents own = new OwnEvents(encoder);
        EncodedRecord started =
                own.started(opened.tail(), size, ProcessHandle.current().pid());
        if (opened.tail().unclean()) {
            promises.add(enqueue(own.recovered(opened.tail(), size)));
        }
        promises.add(enqueue(started));
        boolean running = false;
        try {
            thread.start();
            promises.forEach(this::await);
            running = true;
        } catch (AuditUnavailableException broken) {
            throw new IOException("the start record cannot be written", broken);
        } finally {
            if (!running) {
                close();
            }
        }
    }

    private CompletableFuture<Receipt> enqueue(EncodedRecord record) {
        Pending pending = Pending.of(record);
        queue.offer(pending, Duration.ZERO);
        return pending.receipt();
    }

    private CompletableFuture<Receipt> refused(Pending pending) {
        String type = pending.record().type();
        losses.add(type, Losses.QUEUE_FULL, settings.clock().instant());
        listener.lost(new AuditListener.Loss(type, Losses.QUEUE_FULL));
        return CompletableFuture.failedFuture(unavailable("is full"));
    }

    /** Each caller gets an exception with a stack of its own; the one that broke the promise is its cause. */
    private AuditUnavailableException told(ExecutionException broken) {
        Throwable cause = broken.getCause();
        return cause instanceof AuditUnavailableException
                ? new AuditUnavailableException(String.valueOf(cause.getMessage()), cause)
                : new AuditUnavailableException("audit log " + settings.origin() + " did not store the event", broken);
    }

    private AuditUnavailableException unavailable(String why) {
        return new AuditUnavailableException("audit log " + settings.origin() + ' ' + why);
    }

    private void freeFolder() {
        try {
            folder.close();
        } catch (IOException broken) {
            LOGGER.warn("audit log {} could not free its directory", settings.origin(), broken);
        }
    }

    /**
     * What the builder collected.
     *
     * @param origin the log's name
     * @param service the service's name
     * @param limits how much and how long
     * @param redactor takes secrets out
     * @param listener hears how the log fares
     * @param clock wall time
     * @param ticker elapsed nanoseconds
     * @param random makes identifiers
     */
    public record Settings(
            String origin,
            String service,
            Limits limits,
            Redactor redactor,
            AuditListener listener,
            Clock clock,
            LongSupplier ticker,
            SecureRandom random) {
        EventEncoder encoder() {
            return new EventEncoder(origin, service, clock, random, redactor);
        }
    }

    /**
     * How much and how long.
     *
     * @param segmentBytes when a segment is full
     * @param queueRecords how many records may wait
     * @param queueBytes how many bytes may wait
     * @param queueTimeout how long a caller waits for room
     * @param acknowledgeTimeout how long a caller waits for the disk
     */
    public record Limits(
            long segmentBytes, int queueRecords, long queueBytes, Duration queueTimeout, Duration acknowledgeTimeout) {}
}

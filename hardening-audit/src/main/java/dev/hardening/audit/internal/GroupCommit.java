package dev.hardening.audit.internal;

import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditStatus;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.Receipt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer: takes what has gathered, writes it with one write, forces it once, and keeps the promises.
 *
 * <p>There is no timer. While the disk is busy with one group the next one grows by itself, so a lone caller waits for one
 * force and many callers share one. Everything that touches the journal runs on the writer's thread.
 */
final class GroupCommit implements Runnable {
    /** The longest group, which is also the most that a crash can tear. */
    static final int MAX_GROUP_BYTES = 1 << 20;

    private static final Logger LOGGER = LoggerFactory.getLogger(GroupCommit.class);
    /** Room is left for the records of the log's own. */
    private static final RecordQueue.Size GROUP =
            new RecordQueue.Size(4096, MAX_GROUP_BYTES - 3 * EventEncoder.MAX_RECORD);

    private static final int MAX_OWED = 2;
    private static final Duration IDLE = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final long NANOS_PER_MICRO = 1000;

    private final String origin;
    private final Journal journal;
    private final RecordQueue queue;
    private final Losses losses;
    private final OwnEvents ownEvents;
    private final AuditListener listener;
    private final Clock clock;
    private final LongSupplier ticker;
    private final long openedAt;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_GROUP_BYTES);
    private final List<Pending> owed = new ArrayList<>();
    private volatile AuditStatus.State state = AuditStatus.State.RUNNING;
    private volatile long size;

    GroupCommit(Parts parts, Journal journal) {
        this.origin = parts.origin();
        this.journal = journal;
        this.queue = parts.queue();
        this.losses = parts.losses();
        this.ownEvents = parts.ownEvents();
        this.listener = parts.listener();
        this.clock = parts.clock();
        this.ticker = parts.ticker();
        this.openedAt = ticker.getAsLong();
        this.size = journal.nextIndex();
    }

    AuditStatus.State state() {
        return state;
    }

    long size() {
        return size;
    }

    @Override
    public void run() {
        try {
            while (!queue.closed() || queue.count() > 0) {
                commitNext();
            }
            commitNext();
            commit(List.of(Pending.of(ownEvents.stopped(journal.nextIndex()))));
        } finally {
            state = AuditStatus.State.CLOSED;
            closeJournal();
            failRest();
        }
    }

    /** Whatever is thrown on the way, memory running out included, the thread lives and no promise is left open. */
    private void commitNext() {
        List<Pending> group = new ArrayList<>();
        try {
            queue.take(group, GROUP, patience());
            group.addAll(0, ownRecords());
            commit(group);
        } catch (Throwable broken) {
            group.removeIf(pending -> pending.receipt().isDone());
            state = group.isEmpty() ? state : AuditStatus.State.FAILING;
            fail(group, broken, clock.instant());
        }
    }

    private Duration patience() {
        if (state == AuditStatus.State.FAILING) {
            return RETRY;
        }
        if (!owed.isEmpty()) {
            return Duration.ZERO;
        }
        return losses.unreported() > 0 ? RETRY : IDLE;
    }

    private List<Pending> ownRecords() {
        List<Pending> own = new ArrayList<>(owed);
        losses.take().ifPresent(gap -> own.add(report(gap)));
        owed.clear();
        return own;
    }

    private Pending report(Losses.Gap gap) {
        try {
            EncodedRecord record = ownEvents.gap(gap);
            return new Pending(
                    record, new CompletableFuture<>(), () -> losses.reported(gap), () -> losses.giveBack(gap));
        } catch (RuntimeException | Error broken) {
            losses.giveBack(gap);
            throw broken;
        }
    }

    /** A record that is tried again with the next group until it is stored. */
    private void owe(EncodedRecord record) {
        if (owed.size() < MAX_OWED) {
            owed.add(new Pending(record, new CompletableFuture<>(), () -> {}, () -> owe(record)));
        }
    }

    private void commit(List<Pending> group) {
        int from = 0;
        while (from < group.size()) {
            // An interrupt would close the channel; nobody has a reason to interrupt this thread.
            Thread.interrupted();
            rotate();
            int to = endOfSegment(group, from);
            store(group.subList(from, to));
            from = to;
        }
    }

    /** A group that fills the segment is cut in two at the first index where a new one may begin. */
    private int endOfSegment(List<Pending> group, int from) {
        long bytes = 0;
        for (int to = from; to < group.size(); to++) {
            boolean boundary = to > from && (journal.nextIndex() + to - from) % Journal.BOUNDARY == 0;
            if (boundary && journal.full(bytes)) {
                return to;
            }
            bytes += group.get(to).record().length();
        }
        return group.size();
    }

    private void rotate() {
        try {
            journal.rotateIfDue();
        } catch (IOException broken) {
            LOGGER.warn("audit log {} cannot begin a new segment and goes on in the old one", origin, broken);
        }
    }

    private void store(List<Pending> group) {
        Instant now = clock.instant();
        long first = journal.nextIndex();
        long segment = journal.currentFirst();
        try {
            fill(group, first, now);
            int bytes = buffer.remaining();
            long start = ticker.getAsLong();
            Optional<IOException> failure = journal.append(buffer, group.size());
            Duration duration = Duration.ofNanos(ticker.getAsLong() - start);
            state = AuditStatus.State.RUNNING;
            size = journal.nextIndex();
            keep(group, first, now);
            listener.committed(new AuditListener.Commit(group.size(), bytes, duration));
            failure.ifPresent(cause -> gaveUp(segment, cause, group));
        } catch (IOException | RuntimeException broken) {
            state = AuditStatus.State.FAILING;
            listener.segmentFailed(new AuditListener.SegmentFailure(segment, broken));
            fail(group, broken, now);
        }
    }

    private void fill(List<Pending> group, long first, Instant now) {
        long mono = (ticker.getAsLong() - openedAt) / NANOS_PER_MICRO;
        byte[] stamp = ("\"lt\":\"" + EventEncoder.time(now) + "\",\"mono\":" + mono + ',')
                .getBytes(StandardCharsets.US_ASCII);
        buffer.clear();
        long index = first;
        for (Pending pending : group) {
            pending.record().write(buffer, index, stamp);
            index++;
        }
        buffer.flip();
    }

    private void keep(List<Pending> group, long first, Instant now) {
        long index = first;
        for (Pending pending : group) {
            pending.ifStored().run();
            pending.receipt()
                    .complete(new Receipt(origin, index, pending.record().id(), now));
            index++;
        }
    }

    private void fail(List<Pending> group, Throwable cause, Instant now) {
        LOGGER.error("audit log {} could not store {} records", origin, group.size(), cause);
        AuditUnavailableException told = new AuditUnavailableException("audit log " + origin + " cannot write", cause);
        for (Pending pending : group) {
            if (!ownType(pending)) {
                losses.add(pending.record().type(), Losses.WRITE_FAILED, now);
                listener.lost(new AuditListener.Loss(pending.record().type(), Losses.WRITE_FAILED));
            }
            pending.ifLost().run();
            pending.receipt().completeExceptionally(told);
        }
    }

    /** The group itself is safe in a new segment; what happened to the old one follows as a record of its own. */
    private void gaveUp(long segment, IOException cause, List<Pending> group) {
        LOGGER.error("audit log {} gave up segment {}", origin, segment, cause);
        listener.segmentFailed(new AuditListener.SegmentFailure(segment, cause));
        if (!group.stream().allMatch(GroupCommit::ownType)) {
            owe(ownEvents.segmentFailed(segment, cause));
        }
    }

    /** Only a writer that died leaves something behind. */
    private void failRest() {
        queue.close();
        List<Pending> rest = new ArrayList<>();
        queue.take(rest, new RecordQueue.Size(Integer.MAX_VALUE, Long.MAX_VALUE), Duration.ZERO);
        if (!rest.isEmpty()) {
            fail(rest, new IOException("the writer ended"), clock.instant());
        }
    }

    private void closeJournal() {
        try {
            journal.close();
        } catch (IOException broken) {
            LOGGER.warn("audit log {} could not close its segment", origin, broken);
        }
    }

    private static boolean ownType(Pending pending) {
        return pending.record().type().startsWith("sys_audit_");
    }

    /**
     * What the writer is built from.
     *
     * @param origin the log's name
     * @param queue where callers put records
     * @param losses what could not be stored
     * @param ownEvents encodes what the log says about itself
     * @param listener guarded
     * @param clock wall time
     * @param ticker elapsed nanoseconds
     */
    record Parts(
            String origin,
            RecordQueue queue,
            Losses losses,
            OwnEvents ownEvents,
            AuditListener listener,
            Clock clock,
            LongSupplier ticker) {}
}

package dev.hardening.secrets.source;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a reading in, or keeps the last good one.
 *
 * <p>One thread reads at a time, under {@code reading}, which may take long. What was read is compared with what is
 * served, value by value and not by digests, so that nothing derived from a value is kept; that, and letting values go,
 * happens under the monitor and takes microseconds. Whoever looks a value up takes neither.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedSource.class);
    private static final int LONGEST_REASON = 500;
    private static final String GIVEN_BEFORE = "the reader gives values again that it has given away";

    private final String name;
    private final SecretReader reader;
    private final Clock clock;
    private final LongSupplier ticker;
    private final Announcer announcer;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile View view;
    private @Nullable SecretReading candidate;
    private volatile boolean closed;

    /** What is served, and how the readings went since; replaced whole. */
    private record View(
            Generation generation, long readAt, List<SecretReading.Finding> findings, int failures, String reason) {}

    /** Whether a change in a place that is written in place has to be read twice. */
    enum Trust {
        WHEN_SETTLED,
        AT_ONCE
    }

    Watch(String name, SecretReader reader, Clock clock, LongSupplier ticker, SourceListener listener) {
        this.name = name;
        this.reader = reader;
        this.clock = clock;
        this.ticker = ticker;
        this.announcer = new Announcer(listener);
        SecretReading first = first();
        this.view = new View(new Generation(1, first, clock.instant()), ticker.getAsLong(), first.findings(), 0, "");
    }

    private SecretReading first() {
        try {
            SecretReading first = Objects.requireNonNull(reader.read(), "a reading");
            if (first.take()) {
                return first;
            }
            throw new SecretsUnavailableException("source " + name + " cannot be read: " + GIVEN_BEFORE);
        } catch (SecretsUnavailableException | SecretsConfigurationException failed) {
            throw failed;
        } catch (RuntimeException foreign) { // its message may hold what it read
            throw new SecretsUnavailableException("source " + name + " cannot be read: " + reason(foreign));
        }
    }

    /** Reads once and waits for another thread that does for as long as that takes. */
    void turn(Trust trust) {
        reading.lock();
        try {
            read(trust);
        } finally {
            reading.unlock();
        }
    }

    /** Tells the listener what the turns before brought; never under a lock. */
    void tell() {
        announcer.tell();
    }

    private void read(Trust trust) {
        SecretReading next = null;
        try {
            next = Objects.requireNonNull(reader.read(), "a reading");
            accept(next, trust);
        } catch (Throwable failed) { // of somebody else's code; the next turn may be better
            drop(next);
            fail(reason(failed));
        }
    }

    private synchronized void drop(@Nullable SecretReading next) {
        if (next != null && next != view.generation().reading()) {
            next.close();
        }
    }

    /** A reader that gives one reading twice would have wiped what is served, were it closed as any other. */
    private synchronized void accept(SecretReading next, Trust trust) {
        if (closed) {
            next.close();
        } else if (next == view.generation().reading()) {
            good(view.generation(), next.findings());
        } else if (next == candidate || next.take()) {
            judge(next, trust);
        } else {
            fail(GIVEN_BEFORE);
        }
    }

    private void judge(SecretReading next, Trust trust) {
        SecretReading served = view.generation().reading();
        Optional<String> lost = served.lostIn(next);
        if (lost.isPresent()) {
            next.close();
            fail(lost.get());
        } else if (served.sameValues(next)) {
            confirm(next);
        } else if (trust == Trust.AT_ONCE || next.atomic() || readTwice(next)) {
            replace(next);
        } else {
            propose(next);
        }
    }

    private boolean readTwice(SecretReading next) {
        return candidate != null && candidate.sameValues(next);
    }

    private void confirm(SecretReading next) {
        Generation served = view.generation();
        if (served.reading().sameOrigin(next)) {
            next.close();
            good(served, next.findings());
        } else {
            good(new Generation(served.number(), next, served.since()), next.findings());
        }
    }

    private void replace(SecretReading next) {
        Generation before = view.generation();
        Generation after = new Generation(before.number() + 1, next, clock.instant());
        SourceEvent.Changed event = changes(before.reading(), after);
        LOG.info(
                "source {} is at generation {}: added {}, changed {}, removed {}",
                name,
                event.generation(),
                event.added(),
                event.changed(),
                event.removed());
        good(after, next.findings());
        announcer.queue(event);
    }

    private SourceEvent.Changed changes(SecretReading before, Generation after) {
        Set<String> added = new TreeSet<>(after.reading().names());
        added.removeAll(before.names());
        Set<String> removed = new TreeSet<>(before.names());
        removed.removeAll(after.reading().names());
        Set<String> changed = new TreeSet<>(before.names());
        changed.removeAll(removed);
        changed.removeIf(same -> before.sameValue(same, after.reading()));
        return new SourceEvent.Changed(name, after.since(), after.number(), added, changed, removed);
    }

    private void good(Generation generation, List<SecretReading.Finding> findings) {
        View before = view;
        view = new View(generation, ticker.getAsLong(), findings, 0, "");
        dropCandidate();
        if (before.generation() != generation) {
            before.generation().release();
        }
        if (before.failures() > 0) {
            LOG.info("source {} can be read again after {} failures", name, before.failures());
            announcer.queue(new SourceEvent.Recovered(name, clock.instant(), before.failures(), age(before)));
        }
    }

    private void propose(SecretReading next) {
        dropCandidate();
        candidate = next;
    }

    private synchronized void fail(String why) {
        if (closed) {
            return;
        }
        dropCandidate();
        View before = view;
        int failures = before.failures() + 1;
        view = new View(before.generation(), before.readAt(), before.findings(), failures, why);
        if (failures == 1) {
            LOG.warn("source {} cannot be read, the last good values are served: {}", name, why);
        }
        announcer.queue(new SourceEvent.Failed(name, clock.instant(), failures, why));
    }

    private void dropCandidate() {
        if (candidate != null && candidate != view.generation().reading()) {
            candidate.close();
        }
        candidate = null;
    }

    /** Whether a change waits to be read a second time. */
    synchronized boolean unsettled() {
        return candidate != null;
    }

    int failures() {
        return view.failures();
    }

    /** Holds what is served now; empty once closed. */
    Optional<Generation> hold() {
        while (!closed) {
            Generation served = view.generation();
            if (served.hold()) {
                return Optional.of(served);
            }
        }
        return Optional.empty();
    }

    Duration age() {
        return age(view);
    }

    private Duration age(View of) {
        return Duration.ofNanos(ticker.getAsLong() - of.readAt());
    }

    SourceState state(Staleness limits) {
        View now = view;
        Duration age = age(now);
        SourceState.Freshness freshness = limits.judge(now.failures(), age);
        boolean overdue =
                freshness != SourceState.Freshness.FRESH && now.reason().isEmpty();
        return new SourceState(
                name,
                freshness,
                now.generation().number(),
                now.generation().reading().revision(),
                age,
                now.failures(),
                overdue ? "no reading has ended in time" : now.reason(),
                now.findings());
    }

    String name() {
        return name;
    }

    synchronized void close() {
        if (!closed) {
            closed = true;
            dropCandidate();
            view.generation().release();
        }
    }

    /** Only this module's own messages are known to hold nothing of what was read. */
    private static String reason(Throwable failed) {
        String text = failed.getClass().getName();
        if (failed instanceof SecretsConfigurationException faulty) {
            text = String.join("; ", faulty.faults());
        } else if (failed instanceof SecretsUnavailableException && failed.getMessage() != null) {
            text = failed.getMessage();
        }
        return text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) : text;
    }
}

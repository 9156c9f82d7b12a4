package dev.hardening.secrets.ring;

import dev.hardening.secrets.SecretsUnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copy of a ring in memory and when to read it again.
 *
 * <p>Two things ask for a new copy. Age: one caller reads, the others do not wait. An id that is not known: the caller
 * waits, since the key may have been made a moment ago by another process; but anyone can send unknown ids, so at most
 * one such read a second reaches the store, and while it hangs the others wait 100 ms and no longer. While the last read
 * has failed, or one hangs, an unknown id is not "no such key" but "cannot tell".
 */
final class RingCache {
    private static final Logger LOG = LoggerFactory.getLogger(RingCache.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
    private static final Duration MISS_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(6);
    private static final Duration MISS_PATIENCE = Duration.ofMillis(100);

    private final RingVault vault;
    private final long refreshNanos;
    private final long staleNanos;
    private final LongSupplier ticker;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile RingSnapshot snapshot;
    private volatile long readAt;
    private volatile long goodAt;
    private final AtomicLong reads = new AtomicLong();
    private volatile @Nullable SecretsUnavailableException outage;
    private volatile long missAt;
    private final RingHistory history;
    private final RingTeller teller;
    private final Queue<RingEvent.Kind> noticed = new ConcurrentLinkedQueue<>();

    RingCache(RingVault vault, RingSnapshot opened, RingHistory history, RingParts given, RingTeller teller) {
        this.vault = vault;
        this.history = history;
        this.teller = teller;
        this.snapshot = opened;
        this.refreshNanos = given.refreshInterval.toNanos();
        this.staleNanos = given.maxStale == null ? Long.MAX_VALUE : given.maxStale.toNanos();
        this.ticker = given.ticker;
        this.readAt = ticker.getAsLong();
        this.goodAt = readAt;
        this.missAt = readAt - MISS_INTERVAL.toNanos();
    }

    RingSnapshot current() {
        if (due() && reading.tryLock()) {
            try {
                refreshIfStillDue();
            } finally {
                unlock();
            }
        }
        if (expired()) {
            expectFresh();
        }
        return snapshot;
    }

    /** The newest document that is known, without looking whether it is old. */
    RingDocument seen() {
        return snapshot.document();
    }

    RingStatus status(String ring) {
        SecretsUnavailableException failed = outage;
        long age = age();
        boolean hangs = reading.isLocked() && age >= refreshNanos;
        RingStatus.Freshness freshness = RingStatus.Freshness.FRESH;
        if (failed != null || hangs) {
            freshness = expired() ? RingStatus.Freshness.EXPIRED : RingStatus.Freshness.STALE;
        }
        String reason = failed == null ? "" : failed.reason().name();
        return new RingStatus(ring, freshness, snapshot.version(), Duration.ofNanos(age), reason);
    }

    Optional<RingKey> find(String id) {
        RingSnapshot seen = current();
        long readsSeen = reads.get();
        Optional<RingKey> known = seen.accepted(id);
        if (known.isPresent() || seen.refused(id) || !ID.matcher(id).matches()) {
            return known;
        }
        if (!missDue() && (outage != null || !reading.isLocked())) {
            return told(id);
        }
        lock(MISS_PATIENCE);
        try {
            return missed(id, readsSeen);
        } finally {
            unlock();
        }
    }

    void reload() {
        lock(PATIENCE);
        try {
            read();
        } finally {
            unlock();
        }
    }

    /** Takes over what this process has just written, unless a newer copy came in meanwhile. */
    void accept(RingSnapshot written) {
        lock(PATIENCE);
        try {
            if (written.version() >= snapshot.version()) {
                expectFollows(written);
                snapshot = written;
                history.saw(written.document());
                goodAt = ticker.getAsLong();
            }
        } finally {
            unlock();
        }
    }

    private void expectFollows(RingSnapshot written) {
        try {
            vault.expectFollows(snapshot.document(), written.document());
        } catch (SecretsUnavailableException forked) {
            failed(forked);
            throw forked;
        }
    }

    /** A ring nobody used for long is old without being out of reach: waits for one reading before it says so. */
    private void expectFresh() {
        if (outage == null) {
            lock(PATIENCE);
            try {
                refreshIfStillDue();
            } finally {
                unlock();
            }
        }
        SecretsUnavailableException failed = outage;
        if (expired()) {
            throw failed == null ? tooOld() : tooOld(failed);
        }
    }

    private static SecretsUnavailableException tooOld() {
        return new SecretsUnavailableException("the copy of the key ring is older than maxStale");
    }

    private static SecretsUnavailableException tooOld(SecretsUnavailableException failed) {
        SecretsUnavailableException tooOld = new SecretsUnavailableException(
                failed.reason(), "the copy of the key ring is older than maxStale: " + failed.getMessage());
        tooOld.initCause(failed);
        return tooOld;
    }

    private boolean due() {
        return ticker.getAsLong() - readAt >= refreshNanos;
    }

    private long age() {
        return ticker.getAsLong() - goodAt;
    }

    private boolean expired() {
        return age() > staleNanos;
    }

    private Optional<RingKey> missed(String id, long readsSeen) {
        if (reads.get() == readsSeen && missDue()) {
            missAt = ticker.getAsLong();
            read();
        }
        return told(id);
    }

    private boolean missDue() {
        return ticker.getAsLong() - missAt >= MISS_INTERVAL.toNanos();
    }

    private Optional<RingKey> told(String id) {
        Optional<RingKey> found = snapshot.accepted(id);
        SecretsUnavailableException failed = outage;
        if (found.isEmpty() && failed != null) {
            throw new SecretsUnavailableException("cannot tell whether there is a key " + id, failed);
        }
        return found;
    }

    private void refreshIfStillDue() {
        if (!due()) {
            return;
        }
        boolean first = outage == null;
        try {
            read();
        } catch (SecretsUnavailableException failure) {
            if (first) {
                LOG.warn("the key ring could not be read again; going on with version {}", snapshot.version(), failure);
            }
        }
    }

    private void read() {
        readAt = ticker.getAsLong();
        try {
            snapshot = vault.load(snapshot);
            history.saw(snapshot.document());
            goodAt = ticker.getAsLong();
            if (outage != null) {
                noticed.add(RingEvent.Kind.RECOVERED);
            }
            outage = null;
        } catch (SecretsUnavailableException failure) {
            failed(failure);
            throw failure;
        } catch (RuntimeException failure) {
            // A folder whose mode has changed, or whatever a store of the host's throws: cannot tell, and never more.
            SecretsUnavailableException unavailable =
                    new SecretsUnavailableException("the store of the key ring failed", failure);
            failed(unavailable);
            throw unavailable;
        } finally {
            reads.incrementAndGet();
        }
    }

    private void failed(SecretsUnavailableException failure) {
        SecretsUnavailableException before = outage;
        if (before == null || before.reason() != failure.reason()) {
            noticed.add(RingTeller.kindOf(failure));
        }
        outage = failure;
    }

    /** Tells what was noticed under the lock, once it is given back. */
    private void unlock() {
        reading.unlock();
        for (RingEvent.Kind kind = noticed.poll(); kind != null; kind = noticed.poll()) {
            teller.tell(kind);
        }
        tellElsewhere();
    }

    /** Tells what others did, unless a change of this process is under way, which then does it. */
    void tellElsewhere() {
        teller.tellElsewhere(history.elsewhere());
    }

    RingHistory history() {
        return history;
    }

    private void lock(Duration patience) {
        try {
            if (!reading.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SecretsUnavailableException("the store of the key ring does not answer");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SecretsUnavailableException("interrupted while waiting for the key ring", interrupted);
        }
    }
}

package dev.hardening.secrets.ring;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes one ring: writes, takes the result over into memory, and tells what happened, in this order. */
final class RingChanges {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final RingVault vault;
    private final RingCache cache;
    private final RingHistory history;
    private final RingTeller teller;
    private final Optional<RingRoot> root;
    private final Clock clock;
    private final SecureRandom random;
    private final Duration propagation;

    RingChanges(RingVault vault, RingCache cache, RingTeller teller, Optional<RingRoot> root, RingParts given) {
        this.vault = vault;
        this.cache = cache;
        this.history = cache.history();
        this.teller = teller;
        this.root = root;
        this.clock = given.clock;
        this.random = given.random;
        this.propagation = RingSetup.propagation(given);
    }

    /** What a change led to, and what it was told as. */
    private record Done(RingSnapshot after, List<RingEvent> events) {}

    RingKey add(KeyKind kind) {
        RingEntry entry = pending(kind);
        return published(change(document -> document.with(entry)).after(), entry.id());
    }

    /** Decides on each document that is read, so that whoever loses the race to add finds the key of the other one. */
    NextKey addUnlessPending(KeyKind kind) {
        Fresh fresh = new Fresh(kind);
        RingSnapshot after = change(document ->
                        document.first(KeyState.PENDING).isPresent() ? document : document.with(fresh.get()))
                .after();
        String waiting = after.document().first(KeyState.PENDING).orElseThrow().id();
        RingKey key = published(after, waiting);
        return fresh.is(waiting) ? new NextKey.Added(key) : new NextKey.Waiting(key);
    }

    private static RingKey published(RingSnapshot snapshot, String keyId) {
        return snapshot.published().stream()
                .filter(key -> key.id().equals(keyId))
                .findFirst()
                .orElseThrow();
    }

    RingKey promote(String keyId) {
        return change(document -> document.promoteKnown(keyId, now(), propagation))
                .after()
                .active();
    }

    RingKey promoteNow(String keyId) {
        return change(document -> document.promote(keyId, now())).after().active();
    }

    void disable(String keyId) {
        change(document -> document.disableUnused(keyId, now(), propagation));
    }

    void disableNow(String keyId) {
        change(document -> document.disable(keyId, now()));
    }

    void reenable(String keyId) {
        change(document -> document.reenable(keyId, now()));
    }

    void destroy(String keyId) {
        change(document -> document.destroy(keyId, now()));
    }

    List<RingEvent> rotate(RotationPolicy policy, KeyKind kind) {
        policy.requireSlowerThan(propagation);
        Fresh fresh = new Fresh(kind);
        return change(document -> policy.applied(document, now(), propagation, fresh))
                .events();
    }

    /** Wraps anew what an earlier key-encryption key wrapped, and the root key, if there is one, in any case. */
    boolean rewrap() {
        boolean keys = !change(UnaryOperator.identity()).events().isEmpty();
        if (root.isEmpty()) {
            return keys;
        }
        guarded(() -> {
            root.orElseThrow().rewrap(vault.sealId());
            return true;
        });
        teller.tell(RingEvent.Kind.REWRAPPED);
        return true;
    }

    private Done change(UnaryOperator<RingDocument> change) {
        RingVault.Change made = stored(change);
        List<RingEvent> events = teller.events(made, propagation);
        teller.tell(events);
        return new Done(made.after(), events);
    }

    private RingVault.Change stored(UnaryOperator<RingDocument> change) {
        history.began();
        try {
            RingVault.Change made = guarded(() -> vault.change(cache::seen, change));
            accept(made.after());
            history.stored(made);
            return made;
        } finally {
            history.ended();
            cache.tellElsewhere();
        }
    }

    /** The change stands in the store; that this copy is behind for an interval is no reason to call it failed. */
    private void accept(RingSnapshot after) {
        try {
            cache.accept(after);
        } catch (SecretsUnavailableException busy) {
            if (busy.reason() != Reason.INFRASTRUCTURE) {
                throw busy;
            }
            LOG.warn("a change of ring {} is stored; it counts here from the next reading on", ringOf(after), busy);
        }
    }

    private static String ringOf(RingSnapshot snapshot) {
        return snapshot.document().ring();
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (SecretsUnavailableException failure) {
            if (failure.reason() != Reason.INFRASTRUCTURE) {
                teller.tell(RingEvent.Kind.REFUSED);
            }
            throw failure;
        } catch (SecretsConfigurationException unusable) {
            // A folder whose mode has changed since the ring was opened: for a running process an outage like others.
            throw new SecretsUnavailableException("the store of the key ring failed", unusable);
        }
    }

    private RingEntry pending(KeyKind kind) {
        return vault.entry(KeyMaker.make(kind, random), KeyState.PENDING, now());
    }

    private Instant now() {
        return clock.instant();
    }

    /** A key that is made when it is first asked for, and the same when a lost race asks again. */
    private final class Fresh implements Supplier<RingEntry> {
        private final KeyKind kind;
        private @Nullable RingEntry made;

        Fresh(KeyKind kind) {
            this.kind = kind;
        }

        @Override
        public RingEntry get() {
            RingEntry entry = made == null ? pending(kind) : made;
            made = entry;
            return entry;
        }

        boolean is(String keyId) {
            return made != null && made.id().equals(keyId);
        }
    }
}

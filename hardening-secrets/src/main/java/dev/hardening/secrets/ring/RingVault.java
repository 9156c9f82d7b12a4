package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One ring in one store: reads it, proves it, opens it, and writes it if nobody else did meanwhile.
 *
 * <p>Safe for many threads, of this and other processes: whoever loses a compare-and-set reads again and decides anew.
 */
final class RingVault {
    private static final int TRIES = 64;
    private static final int ID_BYTES = 8;

    private final RingStore store;
    private final RingDocument empty;
    private final RingSeal seal;
    private final @Nullable RingSeal previous;
    private final SecureRandom random;

    RingVault(RingStore store, RingDocument empty, List<RingSeal> seals, SecureRandom random) {
        this.store = store;
        this.empty = empty;
        this.seal = seals.get(0);
        this.previous = seals.size() > 1 ? seals.get(1) : null;
        this.random = random;
    }

    /** A genuine document, and the seal that proved it. */
    private record Proven(RingDocument document, RingSeal by) {}

    /** What a change came from and what it led to, which may be the same. */
    record Change(RingDocument before, RingSnapshot after) {}

    /** Opens the ring; makes it with a first key if there is none, rewraps it if the old seal wrapped it. */
    Change open(Supplier<KeyMaker.Made> firstKey, Supplier<Instant> now) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            if (read().isPresent()) {
                return change(() -> empty, UnaryOperator.identity());
            }
            RingEntry first = entry(firstKey.get(), KeyState.ACTIVE, now.get());
            Optional<RingSnapshot> written = write(empty.with(first), 0);
            if (written.isPresent()) {
                return new Change(empty, written.get());
            }
        }
        throw contended();
    }

    /** Reads the ring as it is now; gives {@code seen} back, with the keys it has opened, if that still is it. */
    RingSnapshot load(RingSnapshot seen) {
        Proven proven = read().orElseThrow(this::gone);
        expectFollows(seen.document(), proven.document());
        return proven.document().equals(seen.document()) ? seen : snapshot(proven);
    }

    /**
     * Replaces the document by what {@code change} makes of it; a change to the same document writes nothing.
     *
     * @param seen the newest document that this process knows; asked before each reading, since others read meanwhile
     */
    Change change(Supplier<RingDocument> seen, UnaryOperator<RingDocument> change) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            RingDocument known = seen.get();
            Proven proven = read().orElseThrow(this::gone);
            expectFollows(known, proven.document());
            RingDocument next = change.apply(proven.by() == seal ? proven.document() : rewrapped(proven));
            if (next.equals(proven.document())) {
                return new Change(next, snapshot(proven));
            }
            Optional<RingSnapshot> written = write(next, proven.document().version());
            if (written.isPresent()) {
                return new Change(proven.document(), written.get());
            }
        }
        throw contended();
    }

    /** Whoever can write the store can put back an old document, or one that was made from it: both have genuine codes. */
    void expectFollows(RingDocument seen, RingDocument document) {
        if (document.version() < seen.version()) {
            throw tampered("it went back from version " + seen.version() + " to " + document.version());
        }
        if (document.version() == seen.version() && !document.equals(seen)) {
            throw tampered("it has another version " + seen.version() + " than the one seen before");
        }
    }

    /** The public id of what seals the ring now. */
    String sealId() {
        return seal.id();
    }

    RingEntry entry(KeyMaker.Made made, KeyState state, Instant now) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String keyId = HexFormat.of().formatHex(id);
        try (Secret material = made.material()) {
            String wrapped = seal.wrap(empty, keyId, material, random);
            return new RingEntry(keyId, state, now, now, wrapped, made.encodedPublicKey());
        }
    }

    private Optional<RingSnapshot> write(RingDocument next, long expectedVersion) {
        RingDocument stamped = next.stamped(expectedVersion + 1, seal.id());
        byte[] bytes = RingCodec.write(new RingCodec.Sealed(stamped, seal.mac(stamped)));
        if (!store.compareAndSet(empty.ring(), expectedVersion, bytes)) {
            return Optional.empty();
        }
        return Optional.of(snapshot(new Proven(stamped, seal)));
    }

    private Optional<Proven> read() {
        return store.load(empty.ring()).map(stored -> {
            try {
                return prove(stored.version(), RingCodec.read(stored.document()));
            } catch (RingCodec.MalformedException malformed) {
                throw tampered(Objects.requireNonNull(malformed.getMessage()));
            }
        });
    }

    private Proven prove(long storedVersion, RingCodec.Sealed sealed) {
        RingDocument document = sealed.document();
        RingSeal by = sealOf(document);
        if (!by.proves(document, sealed.mac())) {
            throw tampered("its authentication code does not fit");
        }
        if (document.version() != storedVersion || !document.ring().equals(empty.ring())) {
            throw tampered("it is the document of another ring or version");
        }
        if (document.kind() != empty.kind()) {
            throw new SecretsConfigurationException(
                    List.of("kind of ring " + empty.ring() + " must be " + document.kind() + ", got " + empty.kind()));
        }
        return new Proven(document, by);
    }

    private RingSeal sealOf(RingDocument document) {
        if (document.sealId().equals(seal.id())) {
            return seal;
        }
        if (previous != null && document.sealId().equals(previous.id())) {
            return previous;
        }
        throw new SecretsUnavailableException(
                Reason.WRONG_KEY,
                "ring " + empty.ring() + " is wrapped by a key-encryption key that was not given; it needs the one"
                        + " of the installation, as current or as previous");
    }

    private RingDocument rewrapped(Proven proven) {
        return proven.document().mapped(entry -> {
            if (entry.state() == KeyState.DESTROYED) {
                return entry;
            }
            try (Secret material = unwrap(proven, entry)) {
                return entry.wrappedAs(seal.wrap(empty, entry.id(), material, random));
            }
        });
    }

    private Secret unwrap(Proven proven, RingEntry entry) {
        return proven.by()
                .unwrap(proven.document(), entry.id(), entry.wrapped())
                .orElseThrow(() -> tampered("key " + entry.id() + " does not open"));
    }

    private RingSnapshot snapshot(Proven proven) {
        List<RingKey> usable = proven.document().keys().stream()
                .filter(entry -> entry.state().published())
                .map(entry -> KeyMaker.open(proven.document().kind(), entry, unwrap(proven, entry))
                        .orElseThrow(() -> tampered("key " + entry.id() + " is not of its kind")))
                .toList();
        List<RingKey> active =
                usable.stream().filter(key -> key.state() == KeyState.ACTIVE).toList();
        if (active.size() != 1) {
            throw tampered("it has " + active.size() + " active keys");
        }
        return new RingSnapshot(proven.document(), usable, active.get(0));
    }

    SecretsUnavailableException tampered(String what) {
        return new SecretsUnavailableException(
                Reason.TAMPERED, "ring " + empty.ring() + " is not what was written: " + what);
    }

    private SecretsUnavailableException gone() {
        return tampered("it is gone from the store");
    }

    private SecretsUnavailableException contended() {
        return new SecretsUnavailableException(
                "ring " + empty.ring() + " was changed by others " + TRIES + " times in a row");
    }
}

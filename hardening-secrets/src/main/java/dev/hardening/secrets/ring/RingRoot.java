package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The root key of one ring: 32 random bytes that seal the ring, wrapped by a {@link KeyEncryptionKey} and stored beside
 * it.
 *
 * <p>The document has no code of its own. What it unwraps to has to prove the ring, so another root key, however it came
 * there, opens nothing.
 */
final class RingRoot {
    private static final int TRIES = 64;

    private final RingStore store;
    private final String ring;
    private final KeyEncryptionKey current;
    private final @Nullable KeyEncryptionKey previous;
    private final SecureRandom random;

    RingRoot(
            RingStore store,
            String ring,
            KeyEncryptionKey current,
            @Nullable KeyEncryptionKey previous,
            SecureRandom random) {
        this.store = store;
        this.ring = ring;
        this.current = current;
        this.previous = previous;
        this.random = random;
    }

    /** Whether a ring that is there may lack its root key: only where a raw secret sealed it until now. */
    enum Missing {
        IS_TAMPERED,
        MAY_BE
    }

    /** A root key and whether it was written to get it. */
    record Opened(Secret key, boolean rewrapped) {}

    /** A root key and the one of the two that had wrapped it. */
    private record Unwrapped(Secret key, KeyEncryptionKey by) {}

    /** Gives the root key; makes it if there is none, wraps it by the current key if the previous one did. */
    Opened open(Missing missing) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            // The ring first: it is written after its root key, so a ring seen without one stays without one.
            boolean ringThere = store.load(ring).isPresent();
            Optional<RingStore.Stored> stored = store.load(RingName.ofRoot(ring));
            if (stored.isEmpty() && ringThere && missing == Missing.IS_TAMPERED) {
                throw tampered("its root key is gone from the store");
            }
            Optional<Opened> opened = stored.isPresent() ? existing(stored.get()) : made();
            if (opened.isPresent()) {
                return opened.get();
            }
        }
        throw contended();
    }

    /** Unwraps what is there without writing, or gives nothing if there is none or {@code current} did not wrap it. */
    Optional<Secret> peek() {
        return store.load(RingName.ofRoot(ring))
                .flatMap(stored -> RootDocument.read(stored.document()))
                .filter(document -> document.kekId().equals(current.id()))
                .map(document -> unwrapped(document).key());
    }

    /** Wraps the root key anew by the current key, which may have got a new version where it lives. */
    void rewrap(String sealId) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            RingStore.Stored stored = store.load(RingName.ofRoot(ring))
                    .orElseThrow(() -> tampered("its root key is gone from the store"));
            RootDocument document = parsed(stored);
            try (Secret key = unwrapped(document).key()) {
                if (!new RingSeal(key).id().equals(sealId)) {
                    throw tampered("its root key is another one");
                }
                if (write(key, stored.version())) {
                    return;
                }
            }
        }
        throw contended();
    }

    private Optional<Opened> existing(RingStore.Stored stored) {
        Unwrapped unwrapped = unwrapped(parsed(stored));
        if (unwrapped.by() == current) {
            return Optional.of(new Opened(unwrapped.key(), false));
        }
        if (write(unwrapped.key(), stored.version())) {
            return Optional.of(new Opened(unwrapped.key(), true));
        }
        unwrapped.key().close();
        return Optional.empty();
    }

    private Optional<Opened> made() {
        byte[] bytes = new byte[KeyWrap.KEY_BYTES];
        random.nextBytes(bytes);
        Secret key = Secret.of(bytes);
        if (write(key, 0)) {
            return Optional.of(new Opened(key, false));
        }
        key.close();
        return Optional.empty();
    }

    private boolean write(Secret key, long expectedVersion) {
        byte[] wrapped = current.wrap(key, RootDocument.context(ring));
        if (wrapped.length == 0 || wrapped.length > RootDocument.MOST_WRAPPED) {
            throw new SecretsUnavailableException("the key-encryption key " + current.id() + " wrapped a root key of "
                    + key.length() + " bytes in " + wrapped.length);
        }
        byte[] document = RootDocument.of(ring, current.id(), wrapped).write();
        return store.compareAndSet(RingName.ofRoot(ring), expectedVersion, document);
    }

    private RootDocument parsed(RingStore.Stored stored) {
        return RootDocument.read(stored.document())
                .filter(document -> document.ring().equals(ring))
                .orElseThrow(() -> tampered("its root key is not well formed"));
    }

    /** Tries each key of the name that stands in the document: an id may leave out where the key lives. */
    private Unwrapped unwrapped(RootDocument document) {
        List<KeyEncryptionKey> named = Stream.of(current, previous)
                .filter(key -> key != null && document.kekId().equals(key.id()))
                .toList();
        if (named.isEmpty()) {
            throw wrongKey("is wrapped by the key-encryption key " + document.kekId() + ", which was not given");
        }
        return named.stream()
                .flatMap(key -> tried(key, document).stream())
                .findFirst()
                .orElseThrow(() -> wrongKey("does not open with the key-encryption key " + document.kekId()
                        + ": another key has that name, or the document was changed"));
    }

    private Optional<Unwrapped> tried(KeyEncryptionKey wrapper, RootDocument document) {
        Optional<Secret> opened =
                Objects.requireNonNull(wrapper.unwrap(document.wrapped(), RootDocument.context(ring)));
        return opened.map(key -> {
            if (key.length() != KeyWrap.KEY_BYTES) {
                key.close();
                throw tampered("its root key has another length");
            }
            return new Unwrapped(key, wrapper);
        });
    }

    private SecretsUnavailableException wrongKey(String what) {
        return new SecretsUnavailableException(Reason.WRONG_KEY, "the root key of ring " + ring + " " + what);
    }

    private SecretsUnavailableException tampered(String what) {
        return new SecretsUnavailableException(Reason.TAMPERED, "ring " + ring + " is not what was written: " + what);
    }

    private SecretsUnavailableException contended() {
        return new SecretsUnavailableException(
                "the root key of ring " + ring + " was changed by others " + TRIES + " times in a row");
    }
}

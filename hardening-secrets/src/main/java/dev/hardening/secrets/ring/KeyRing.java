package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one purpose, of which one makes new things and older ones are still accepted.
 *
 * <p>A ring lives in a {@link RingStore} that the processes of one installation share. Opening an empty store makes the
 * first key; processes that start at once agree on one. {@link #add} makes a key that others learn first,
 * {@link #promote} puts it to use and retires the one before, {@link #disable} and {@link #destroy} end a key.
 *
 * <p>Look-ups are answered from memory. The store is read again when the copy is older than the refresh interval (by one
 * caller; the others go on with the copy) and, at most once a second, for an id that is not known. While the store does
 * not answer, known keys go on working; an unknown id then ends in {@link SecretsUnavailableException}, never in "no such
 * key". Safe for many threads.
 */
public final class KeyRing {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final RingVault vault;
    private final RingCache cache;
    private final RingDocument empty;
    private final Clock clock;
    private final SecureRandom random;

    private KeyRing(RingVault vault, RingCache cache, RingDocument empty, Builder given) {
        this.vault = vault;
        this.cache = cache;
        this.empty = empty;
        this.clock = given.clock;
        this.random = given.random;
    }

    /**
     * Starts a ring; {@code name}, {@code kind}, {@code store} and {@code keyEncryptionKey} are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Tells which ring this is.
     *
     * @return the name given to the builder
     */
    public String name() {
        return empty.ring();
    }

    /**
     * Tells what the keys are.
     *
     * @return the kind given to the builder
     */
    public KeyKind kind() {
        return empty.kind();
    }

    /**
     * Gives the key that makes new things.
     *
     * @return the one ACTIVE key
     */
    public RingKey active() {
        return cache.current().active();
    }

    /**
     * Finds the key that made something.
     *
     * @param keyId as it stands in what was made; anything may come from outside
     * @return the key if it is ACTIVE or RETIRING, otherwise empty
     * @throws SecretsUnavailableException if the id is not known and the store cannot be asked
     */
    public Optional<RingKey> find(String keyId) {
        return cache.find(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Lists the keys that others may know, such as those of a JWKS document.
     *
     * @return the PENDING, ACTIVE and RETIRING keys, oldest first
     */
    public List<RingKey> published() {
        return cache.current().published();
    }

    /**
     * Makes a PENDING key.
     *
     * @return the new key
     * @throws IllegalStateException if the ring holds 64 keys and none is destroyed
     * @throws SecretsUnavailableException if the store cannot be read or written
     */
    public RingKey add() {
        RingEntry entry = vault.entry(KeyMaker.make(kind(), random), KeyState.PENDING, now());
        RingSnapshot after = change("added", entry.id(), document -> document.with(entry));
        return after.published().stream()
                .filter(key -> key.id().equals(entry.id()))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Puts a PENDING key to use; the ACTIVE one becomes RETIRING. An ACTIVE key stays as it is.
     *
     * @param keyId a key of this ring
     * @return the key, ACTIVE
     * @throws IllegalArgumentException if the ring has no such key
     * @throws IllegalStateException if the key is past being ACTIVE
     * @throws SecretsUnavailableException if the store cannot be read or written
     */
    public RingKey promote(String keyId) {
        return change("promoted", keyId, document -> document.promote(keyId, now()))
                .active();
    }

    /**
     * Refuses a PENDING or RETIRING key from now on; its material is kept. A DISABLED key stays as it is.
     *
     * @param keyId a key of this ring
     * @throws IllegalArgumentException if the ring has no such key
     * @throws IllegalStateException if the key is ACTIVE (promote another first) or destroyed
     * @throws SecretsUnavailableException if the store cannot be read or written
     */
    public void disable(String keyId) {
        change("disabled", keyId, document -> document.disable(keyId, now()));
    }

    /**
     * Erases the material of a DISABLED key for good; its id is kept. A DESTROYED key stays as it is.
     *
     * @param keyId a key of this ring
     * @throws IllegalArgumentException if the ring has no such key
     * @throws IllegalStateException if the key is not DISABLED
     * @throws SecretsUnavailableException if the store cannot be read or written
     */
    public void destroy(String keyId) {
        change("destroyed", keyId, document -> document.destroy(keyId, now()));
    }

    /**
     * Reads the store now, whatever the refresh interval says.
     *
     * @throws SecretsUnavailableException if the store cannot be read
     */
    public void refresh() {
        cache.reload();
    }

    private RingSnapshot change(String verb, String keyId, UnaryOperator<RingDocument> change) {
        RingSnapshot after = vault.change(change);
        accept(after);
        LOG.info("key {} of ring {} {}", keyId, name(), verb);
        return after;
    }

    /** The change stands in the store; that this copy is behind for an interval is no reason to call it failed. */
    private void accept(RingSnapshot after) {
        try {
            cache.accept(after);
        } catch (SecretsUnavailableException busy) {
            LOG.warn("the change of ring {} is stored; it counts here from the next reading on", name(), busy);
        }
    }

    private Instant now() {
        return clock.instant();
    }

    /** Collects what a ring needs; not safe for many threads. */
    public static final class Builder {
        private static final int LEAST_SECRET_BYTES = 32;

        private String name = "";
        private @Nullable KeyKind kind;
        private @Nullable RingStore store;
        private @Nullable Secret keyEncryptionKey;
        private @Nullable Secret previousKeyEncryptionKey;
        private @Nullable Secret firstKey;
        private Duration refreshInterval = Duration.ofSeconds(10);
        private Clock clock = Clock.systemUTC();
        private LongSupplier ticker = System::nanoTime;
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Names the ring in its store; mandatory.
         *
         * @param ringName lower-case letters, digits and dashes, a letter first, at most 64
         * @return this builder
         */
        public Builder name(String ringName) {
            name = Objects.requireNonNull(ringName, "ringName");
            return this;
        }

        /**
         * Says what the keys are; mandatory, and the same for the life of the ring.
         *
         * @param keyKind the kind
         * @return this builder
         */
        public Builder kind(KeyKind keyKind) {
            kind = Objects.requireNonNull(keyKind, "keyKind");
            return this;
        }

        /**
         * Says where the ring is kept; mandatory.
         *
         * @param ringStore shared by the processes of the installation
         * @return this builder
         */
        public Builder store(RingStore ringStore) {
            store = Objects.requireNonNull(ringStore, "ringStore");
            return this;
        }

        /**
         * Gives the secret that wraps the keys; mandatory. Its bytes are taken as they are (a hexadecimal text is not
         * decoded) and go through HKDF. It is needed until {@link #build} returns and may then be closed.
         *
         * @param secret at least 32 bytes
         * @return this builder
         */
        public Builder keyEncryptionKey(Secret secret) {
            keyEncryptionKey = Objects.requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Gives the secret that wrapped the keys before; {@link #build} then rewraps what it wrapped. Without it only
         * the current one opens the ring.
         *
         * @param secret at least 32 bytes
         * @return this builder
         */
        public Builder previousKeyEncryptionKey(Secret secret) {
            previousKeyEncryptionKey = Objects.requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Gives the secret from which the very first key is derived (HKDF), for MAC keys only. Without it the first key
         * is random, as all later ones are.
         *
         * @param secret at least 32 bytes; the ring's name goes into the derivation
         * @return this builder
         */
        public Builder firstKey(Secret secret) {
            firstKey = Objects.requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Says how old the copy in memory may be before the store is read again; 10 s if not called.
         *
         * @param interval 1 s to 1 h; the time until a key disabled by another process is refused here
         * @return this builder
         */
        public Builder refreshInterval(Duration interval) {
            refreshInterval = Objects.requireNonNull(interval, "interval");
            return this;
        }

        /**
         * Gives the clock for the dates of keys; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Gives the source of elapsed nanoseconds; {@link System#nanoTime} if not called.
         *
         * @param nanoseconds never goes back
         * @return this builder
         */
        public Builder ticker(LongSupplier nanoseconds) {
            ticker = Objects.requireNonNull(nanoseconds, "nanoseconds");
            return this;
        }

        /**
         * Gives the source of randomness; a {@link SecureRandom} of its own if not called.
         *
         * @param source makes keys, ids and nonces
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Opens the ring in its store, and makes it with a first key if the store has none.
         *
         * @return the ring
         * @throws SecretsConfigurationException with every fault of what was given, or if the stored ring is of
         *     another kind
         * @throws SecretsUnavailableException if the store does not answer, the ring is wrapped by another key, or it
         *     was tampered with; {@link SecretsUnavailableException#reason} says which
         */
        public KeyRing build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return open(Objects.requireNonNull(kind), Objects.requireNonNull(store));
        }

        private KeyRing open(KeyKind keyKind, RingStore ringStore) {
            List<RingSeal> seals = new ArrayList<>();
            seals.add(new RingSeal(Objects.requireNonNull(keyEncryptionKey)));
            if (previousKeyEncryptionKey != null) {
                seals.add(new RingSeal(previousKeyEncryptionKey));
            }
            RingDocument empty = new RingDocument(name, keyKind, 0, "", List.of());
            RingVault vault = new RingVault(ringStore, empty, seals, random);
            RingSnapshot opened = vault.open(() -> first(keyKind), clock::instant);
            RingCache cache = new RingCache(vault, opened, refreshInterval, ticker);
            return new KeyRing(vault, cache, empty, this);
        }

        private KeyMaker.Made first(KeyKind keyKind) {
            if (firstKey == null) {
                return KeyMaker.make(keyKind, random);
            }
            return KeyMaker.symmetric(firstKey.derive(RingCodec.FORMAT + " first " + name, KeyMaker.SYMMETRIC_BYTES));
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            if (!RingName.valid(name)) {
                faults.add("name must be lower-case letters, digits and dashes, a letter first, got \"" + name + "\"");
            }
            if (kind == null) {
                faults.add("kind is missing");
            }
            if (store == null) {
                faults.add("store is missing");
            }
            if (keyEncryptionKey == null) {
                faults.add("keyEncryptionKey is missing");
            }
            length("keyEncryptionKey", keyEncryptionKey).ifPresent(faults::add);
            length("previousKeyEncryptionKey", previousKeyEncryptionKey).ifPresent(faults::add);
            length("firstKey", firstKey).ifPresent(faults::add);
            if (firstKey != null && kind == KeyKind.EC_P256) {
                faults.add("firstKey is for kind HMAC_256 only");
            }
            if (refreshInterval.compareTo(Duration.ofSeconds(1)) < 0
                    || refreshInterval.compareTo(Duration.ofHours(1)) > 0) {
                faults.add("refreshInterval must be 1 s to 1 h, got " + refreshInterval);
            }
            return faults;
        }

        private static Optional<String> length(String parameter, @Nullable Secret secret) {
            return secret == null || secret.length() >= LEAST_SECRET_BYTES
                    ? Optional.empty()
                    : Optional.of(
                            parameter + " must have at least " + LEAST_SECRET_BYTES + " bytes, got " + secret.length());
        }
    }
}

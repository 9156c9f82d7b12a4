package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The keys of one purpose, of which one makes new things and older ones are still accepted.
 *
 * <p>A ring lives in a {@link RingStore} that the processes of one installation share. Opening an empty store makes the
 * first key, and processes that start at once agree on one; {@link Builder#requireExisting} refuses that. {@link #add}
 * makes a key that others learn first, {@link #promote} puts it to use and retires the one before, {@link #disable} and
 * {@link #destroy} end a key.
 *
 * <p>Look-ups are answered from memory. The store is read again when the copy is older than the refresh interval (by one
 * caller; the others go on with the copy) and, at most once a second, for an id that is not known. While the store does
 * not answer, known keys go on working; an unknown id then ends in {@link SecretsUnavailableException}, never in "no such
 * key". Safe for many threads. Keys stay in memory as long as the ring: there is nothing to close.
 *
 * <p>{@link #refresh} and changes throw {@link SecretsUnavailableException} if the store, or a key-encryption key that is
 * asked, does not answer, or if the ring went back behind what this process has seen ({@code TAMPERED}); changes throw
 * {@link IllegalArgumentException} if the ring has no such key.
 */
public final class KeyRing {
    private final RingDocument empty;
    private final RingCache cache;
    private final RingChanges changes;

    KeyRing(RingDocument empty, RingCache cache, RingChanges changes) {
        this.empty = empty;
        this.cache = cache;
        this.changes = changes;
    }

    /** {@return a builder, for one thread; name, kind, store and keyEncryptionKey are mandatory} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the name given to the builder} */
    public String name() {
        return empty.ring();
    }

    /** {@return the kind given to the builder} */
    public KeyKind kind() {
        return empty.kind();
    }

    /**
     * {@return the one ACTIVE key, which makes new things}
     *
     * @throws SecretsUnavailableException if the copy in memory is older than {@link Builder#maxStale}
     */
    public RingKey active() {
        return cache.current().active();
    }

    /**
     * {@return the key that made something, if it is ACTIVE or RETIRING, otherwise empty}
     *
     * @param keyId as it stands in what was made; anything may come from outside
     * @throws SecretsUnavailableException as {@link #active}, and if the id is not known and the store cannot be asked
     */
    public Optional<RingKey> find(String keyId) {
        return cache.find(Objects.requireNonNull(keyId, "keyId"));
    }

    /** {@return the keys that others may know, as in a JWKS document: PENDING, ACTIVE and RETIRING, oldest first} */
    public List<RingKey> published() {
        return cache.current().published();
    }

    /**
     * {@return a new key, PENDING}
     *
     * @throws IllegalStateException if the ring holds 64 keys and none is destroyed
     */
    public RingKey add() {
        return changes.add(kind());
    }

    /**
     * Makes a PENDING key unless one waits already. The store decides: of processes that ask at once one adds a key.
     *
     * @return the key that waits now, and whether this call made it
     * @throws IllegalStateException if none waits, and the ring holds 64 keys of which none is destroyed
     */
    public NextKey addUnlessPending() {
        return changes.addUnlessPending(kind());
    }

    /**
     * Puts a PENDING key to use; the ACTIVE one becomes RETIRING. An ACTIVE key stays as it is.
     *
     * @param keyId a key of this ring
     * @return the key, ACTIVE
     * @throws IllegalStateException if the key is past being ACTIVE, or has been PENDING for less than the propagation
     *     time, so that others may not know it; the message says from when on it may be promoted
     */
    public RingKey promote(String keyId) {
        return changes.promote(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Promotes at once, for the day on which the ACTIVE key is known to have leaked. Until the others have read the ring
     * again, they refuse what this process makes.
     *
     * @param keyId a key of this ring
     * @return the key, ACTIVE
     * @throws IllegalStateException if the key is past being ACTIVE
     */
    public RingKey unsafePromoteNow(String keyId) {
        return changes.promoteNow(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Refuses a PENDING or RETIRING key from now on; its material is kept. A DISABLED key stays as it is.
     *
     * @param keyId a key of this ring
     * @throws IllegalStateException if the key is ACTIVE or destroyed, or has been RETIRING for less than the propagation
     *     time, so that others may still make things with it; the message says from when on it may be disabled
     */
    public void disable(String keyId) {
        changes.disable(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Disables at once, for the day on which the key is known to have leaked. What others make with it until they have
     * read the ring again is refused.
     *
     * @param keyId a key of this ring
     * @throws IllegalStateException if the key is ACTIVE or destroyed
     */
    public void unsafeDisableNow(String keyId) {
        changes.disableNow(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Accepts a DISABLED key again, as RETIRING, where something it made turns out to be needed. Never for a key that
     * leaked: what a thief made with it is then accepted too.
     *
     * @param keyId a key of this ring
     * @throws IllegalStateException if the key is not DISABLED; a destroyed one does not come back
     */
    public void unsafeReenable(String keyId) {
        changes.reenable(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Erases the material of a DISABLED key for good; its id is kept. A DESTROYED key stays as it is.
     *
     * @param keyId a key of this ring
     * @throws IllegalStateException if the key is not DISABLED
     */
    public void destroy(String keyId) {
        changes.destroy(Objects.requireNonNull(keyId, "keyId"));
    }

    /**
     * Does what is due by now: disables and destroys old keys, makes the next one in time, promotes it when its time has
     * come and all others have had time to learn it. Call it from a scheduler of every process, more often than the
     * propagation time; together they do each thing once.
     *
     * @param policy when keys change
     * @return what this call did, empty if nothing was due or another process did it
     * @throws IllegalArgumentException if the policy replaces keys within two propagation times or disables within one
     * @throws IllegalStateException if a key is due, and the ring holds 64 and nothing can be swept
     */
    public List<RingEvent> rotate(RotationPolicy policy) {
        return changes.rotate(Objects.requireNonNull(policy, "policy"), kind());
    }

    /**
     * Wraps anew with the current key-encryption key: each key that the previous one wrapped (which {@link Builder#build}
     * did already), and a root key in any case, since its {@link KeyEncryptionKey} may have got a new version.
     *
     * @return whether anything was wrapped anew
     * @throws IllegalStateException if the key-encryption key, or the connection it uses, was closed
     */
    public boolean rewrap() {
        return changes.rewrap();
    }

    /** Reads the store now, whatever the refresh interval says. */
    public void refresh() {
        cache.reload();
    }

    /** {@return how the copy in memory stands, for health checks; found out without any I/O} */
    public RingStatus status() {
        return cache.status(name());
    }

    /** Collects what a ring needs; not safe for many threads. */
    public static final class Builder {
        private final RingParts given = new RingParts();

        private Builder() {}

        /**
         * Names the ring in its store; mandatory.
         *
         * @param ringName lower-case letters, digits and dashes, a letter first, at most 64
         * @return this builder
         */
        public Builder name(String ringName) {
            given.name = Objects.requireNonNull(ringName, "ringName");
            return this;
        }

        /**
         * Says what the keys are; mandatory, and the same for the life of the ring.
         *
         * @param keyKind the kind
         * @return this builder
         */
        public Builder kind(KeyKind keyKind) {
            given.kind = Objects.requireNonNull(keyKind, "keyKind");
            return this;
        }

        /**
         * Says where the ring is kept; mandatory.
         *
         * @param ringStore shared by the processes of the installation
         * @return this builder
         */
        public Builder store(RingStore ringStore) {
            given.store = Objects.requireNonNull(ringStore, "ringStore");
            return this;
        }

        /**
         * Refuses a store without the ring, as a wrong folder is. If not called, a ring with a fresh key is made there.
         *
         * @return this builder
         */
        public Builder requireExisting() {
            given.existing = true;
            return this;
        }

        /**
         * Gives the secret that wraps the keys; this or a {@link KeyEncryptionKey} is mandatory, the last one counts. Its
         * bytes are taken as they are and go through HKDF. It may be closed once {@link #build} has returned.
         *
         * @param secret at least 32 bytes; a hexadecimal text is not decoded
         * @return this builder
         */
        public Builder keyEncryptionKey(Secret secret) {
            given.current = Wrapping.by(Objects.requireNonNull(secret, "secret"));
            return this;
        }

        /**
         * Gives the key that wraps the root key of this ring, which wraps the keys.
         *
         * @param key asked by {@link #build} and by {@link KeyRing#rewrap}
         * @return this builder
         */
        public Builder keyEncryptionKey(KeyEncryptionKey key) {
            given.current = Wrapping.by(Objects.requireNonNull(key, "key"));
            return this;
        }

        /**
         * Gives the secret that wrapped the keys before; {@link #build} rewraps. If not called, only the current opens.
         *
         * @param secret at least 32 bytes
         * @return this builder
         */
        public Builder previousKeyEncryptionKey(Secret secret) {
            given.previous = Wrapping.by(Objects.requireNonNull(secret, "secret"));
            return this;
        }

        /**
         * Gives the key that wrapped the root key before; {@link #build} then rewraps the root key, and it alone.
         *
         * @param key asked by {@link #build} only
         * @return this builder
         */
        public Builder previousKeyEncryptionKey(KeyEncryptionKey key) {
            given.previous = Wrapping.by(Objects.requireNonNull(key, "key"));
            return this;
        }

        /**
         * Gives the secret from which the very first key is derived (HKDF), for kind HMAC_256 only: a key that can be
         * derived again cannot be destroyed. Without it the first key is random, as all later ones are.
         *
         * @param from at least 32 bytes; the ring's name goes into the derivation
         * @return this builder
         */
        public Builder firstKey(Secret from) {
            given.firstKey = Objects.requireNonNull(from, "from");
            return this;
        }

        /**
         * Says how old the copy in memory may be before the store is read again; 10 s if not called.
         *
         * @param interval 1 s to 1 h; the time until a key disabled by another process is refused here
         * @return this builder
         */
        public Builder refreshInterval(Duration interval) {
            given.refreshInterval = Objects.requireNonNull(interval, "interval");
            return this;
        }

        /**
         * Says how old the copy in memory may become while the store cannot be read; look-ups then end in
         * {@link SecretsUnavailableException}. If not called, known keys go on working, disabled elsewhere or not.
         *
         * @param age at least twice the refresh interval, at most 30 days
         * @return this builder
         */
        public Builder maxStale(Duration age) {
            given.maxStale = Objects.requireNonNull(age, "age");
            return this;
        }

        /**
         * Says how long a key stays PENDING at least, so that all learn it. If not called: twice the refresh interval
         * and a minute for clocks that differ, and ten minutes more for key pairs, whose public half others cache.
         *
         * @param time at least the refresh interval of every process, at most 30 days
         * @return this builder
         */
        public Builder propagation(Duration time) {
            given.propagation = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Gives the one to be told what happens to the ring; nobody if not called.
         *
         * @param told hears of ids only
         * @return this builder
         */
        public Builder listener(RingListener told) {
            given.listener = Objects.requireNonNull(told, "told");
            return this;
        }

        /**
         * Gives the clock for the dates of keys; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            given.clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Gives the source of elapsed nanoseconds; {@link System#nanoTime} if not called.
         *
         * @param nanoseconds never goes back
         * @return this builder
         */
        public Builder ticker(LongSupplier nanoseconds) {
            given.ticker = Objects.requireNonNull(nanoseconds, "nanoseconds");
            return this;
        }

        /**
         * Gives the source of randomness; a {@link SecureRandom} of its own if not called.
         *
         * @param source makes keys, ids and nonces
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            given.random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Opens the ring in its store, and makes it with a first key if the store has none and need not have one.
         *
         * @return the ring
         * @throws SecretsConfigurationException with every fault of what was given, or if the stored ring is of
         *     another kind, or is required and not there
         * @throws SecretsUnavailableException if the store does not answer, the ring is wrapped by another key, or it
         *     was tampered with; {@link SecretsUnavailableException#reason} says which
         */
        public KeyRing build() {
            return RingSetup.checked(given).open();
        }
    }
}

package dev.hardening.secrets.ring;

import dev.hardening.secrets.SecretsUnavailableException;
import java.util.Optional;

/**
 * Keeps one document for each ring and replaces it only if nobody else did meanwhile.
 *
 * <p>The document is opaque to the store and safe to show: key material in it is encrypted, and all of it is
 * authenticated. Implementations are safe for many threads, answer within seconds, and throw
 * {@link SecretsUnavailableException} where the disk or the database does not.
 */
public interface RingStore {
    /**
     * Reads a ring.
     *
     * @param ring the ring's name: lower-case letters, digits and dashes
     * @return what was stored last, or empty if nothing ever was
     */
    Optional<Stored> load(String ring);

    /**
     * Replaces a ring if it still has the version the caller has seen.
     *
     * @param ring the ring's name
     * @param expectedVersion the version seen, 0 for none
     * @param document what to store, under {@code expectedVersion + 1}
     * @return whether it was stored, durably; false if the ring has another version by now
     */
    boolean compareAndSet(String ring, long expectedVersion, byte[] document);

    /** A document and how often it was replaced. */
    final class Stored {
        private final long version;
        private final byte[] document;

        /**
         * Pairs them.
         *
         * @param version from 1
         * @param document is copied
         */
        public Stored(long version, byte[] document) {
            if (version < 1) {
                throw new IllegalArgumentException("version must be positive, got " + version);
            }
            this.version = version;
            this.document = document.clone();
        }

        /**
         * Counts the writes.
         *
         * @return 1 for the first document of the ring
         */
        public long version() {
            return version;
        }

        /**
         * Gives the document.
         *
         * @return a copy
         */
        public byte[] document() {
            return document.clone();
        }
    }
}

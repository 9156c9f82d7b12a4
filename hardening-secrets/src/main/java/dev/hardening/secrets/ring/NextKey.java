package dev.hardening.secrets.ring;

import java.util.Objects;
import java.util.function.Function;

/** The key that is PENDING after {@link KeyRing#addUnlessPending}, and whether that call made it. */
public sealed interface NextKey {
    /**
     * Gives the key, whoever made it.
     *
     * @return the key, PENDING; where several wait, the one that was added first
     */
    RingKey key();

    /**
     * Treats both cases.
     *
     * @param added gets the key that this call made
     * @param waiting gets the key that waited already
     * @param <R> what becomes of it
     * @return what the one that was called returned
     */
    <R> R fold(Function<? super RingKey, ? extends R> added, Function<? super RingKey, ? extends R> waiting);

    /**
     * No key waited, and this call made one.
     *
     * @param key the new key
     */
    record Added(RingKey key) implements NextKey {
        /**
         * Expects a key.
         *
         * @param key the new key
         */
        public Added {
            Objects.requireNonNull(key, "key");
        }

        @Override
        public <R> R fold(
                Function<? super RingKey, ? extends R> added, Function<? super RingKey, ? extends R> waiting) {
            return Objects.requireNonNull(added, "added").apply(key);
        }
    }

    /**
     * A key waited already, of this process or another, and nothing was changed.
     *
     * @param key the key that waits
     */
    record Waiting(RingKey key) implements NextKey {
        /**
         * Expects a key.
         *
         * @param key the key that waits
         */
        public Waiting {
            Objects.requireNonNull(key, "key");
        }

        @Override
        public <R> R fold(
                Function<? super RingKey, ? extends R> added, Function<? super RingKey, ? extends R> waiting) {
            return Objects.requireNonNull(waiting, "waiting").apply(key);
        }
    }
}

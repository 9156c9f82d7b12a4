package dev.hardening.secrets.seal;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * What came of opening: the value, or a refusal that says nothing of why.
 *
 * <p>A wrong key, a wrong place, a flipped bit and a cut end all look alike, to the caller and to whoever the caller
 * answers. Only that the ring does not accept the key is told, since key ids are no secret.
 *
 * @param <T> bytes or text
 */
public sealed interface Opening<T> permits Opening.Opened, Opening.Refused {
    /**
     * Treats both cases.
     *
     * @param opened gets the value
     * @param refused gets the refusal
     * @param <R> what becomes of it
     * @return what the one that was called returned
     */
    <R> R fold(Function<? super T, ? extends R> opened, Function<? super Refused<T>, ? extends R> refused);

    /**
     * Gives the value where a refusal needs no treatment of its own.
     *
     * @return the value, or empty if it was refused
     */
    default Optional<T> value() {
        return fold(Optional::of, refused -> Optional.empty());
    }

    /**
     * What was sealed, genuine and whole.
     *
     * @param <T> bytes or text
     */
    final class Opened<T> implements Opening<T> {
        private final T content;

        Opened(T content) {
            this.content = content;
        }

        /**
         * Gives what was sealed.
         *
         * @return the value; an array is the caller's own and not copied
         */
        public T content() {
            return content;
        }

        @Override
        public <R> R fold(Function<? super T, ? extends R> opened, Function<? super Refused<T>, ? extends R> refused) {
            return Objects.requireNonNull(opened, "opened").apply(content);
        }

        /**
         * Prints that it was opened.
         *
         * @return nothing of the value
         */
        @Override
        public String toString() {
            return "Opened[****]";
        }
    }

    /**
     * Not opened; why is not told.
     *
     * @param <T> bytes or text
     */
    final class Refused<T> implements Opening<T> {
        private final String unknownKey;

        Refused() {
            this("");
        }

        Refused(String unknownKey) {
            this.unknownKey = unknownKey;
        }

        /** The same refusal of a value of another type. */
        <R> Refused<R> of() {
            return new Refused<>(unknownKey);
        }

        /**
         * Tells whether the ring does not accept the key: never known here, disabled, or destroyed.
         *
         * @return the id that the message names (16 hexadecimal digits, whatever its origin), empty for any other refusal
         */
        public Optional<String> unknownKey() {
            return unknownKey.isEmpty() ? Optional.empty() : Optional.of(unknownKey);
        }

        @Override
        public <R> R fold(Function<? super T, ? extends R> opened, Function<? super Refused<T>, ? extends R> refused) {
            return Objects.requireNonNull(refused, "refused").apply(this);
        }

        /**
         * Prints that it was refused.
         *
         * @return the same for each refusal, with the key id if the key is not accepted
         */
        @Override
        public String toString() {
            return unknownKey.isEmpty() ? "Refused" : "Refused[key " + unknownKey + "]";
        }
    }
}

package dev.hardening.secrets.jose;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * What came of opening a body: the body, or a refusal that says nothing of why.
 *
 * <p>A wrong key, a changed byte, another direction and a header that asks for something else are one and the same
 * answer, so that nobody can learn from it (OWASP ASVS 5.0, 11.2.5). The same shape as that of
 * {@link dev.hardening.secrets.seal.Opening}; here the value has a media type, and no refusal names a key.
 */
public sealed interface Opening permits Opening.Opened, Opening.Refused {
    /**
     * Treats both cases.
     *
     * @param opened gets the body
     * @param refused gets the refusal
     * @param <R> what becomes of it
     * @return what the one that was called returned
     */
    <R> R fold(Function<? super Opened, ? extends R> opened, Function<? super Refused, ? extends R> refused);

    /**
     * Gives the body where a refusal needs no treatment of its own.
     *
     * @return the body and its type, or empty if it was refused
     */
    default Optional<Opened> value() {
        return fold(Optional::of, refused -> Optional.empty());
    }

    /** A body that one who has the key sealed for this direction and context. */
    final class Opened implements Opening {
        private final byte[] content;
        private final String contentType;

        Opened(byte[] content, String contentType) {
            this.content = content;
            this.contentType = contentType;
        }

        /**
         * Gives the body.
         *
         * @return the bytes, the caller's own and not copied
         */
        public byte[] content() {
            return content;
        }

        /**
         * Tells what the body is, as the sealer said ({@code cty}, RFC 7516, section 4.1.12).
         *
         * @return a media type, or empty if nothing was said
         */
        public String contentType() {
            return contentType;
        }

        @Override
        public <R> R fold(
                Function<? super Opened, ? extends R> opened, Function<? super Refused, ? extends R> refused) {
            return Objects.requireNonNull(opened, "opened").apply(this);
        }

        /**
         * Prints that it was opened.
         *
         * @return nothing of the body
         */
        @Override
        public String toString() {
            return "Opened[****]";
        }
    }

    /** Not opened; there is no detail. */
    final class Refused implements Opening {
        static final Refused REFUSED = new Refused();

        private Refused() {}

        @Override
        public <R> R fold(
                Function<? super Opened, ? extends R> opened, Function<? super Refused, ? extends R> refused) {
            return Objects.requireNonNull(refused, "refused").apply(this);
        }

        /**
         * Prints that it was refused.
         *
         * @return {@code Refused}
         */
        @Override
        public String toString() {
            return "Refused";
        }
    }
}

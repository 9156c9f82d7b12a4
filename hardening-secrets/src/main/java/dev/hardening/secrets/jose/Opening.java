package dev.hardening.secrets.jose;

import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What became of a sealed body: {@link Opened} or {@link Refused}, and nothing about why.
 *
 * <p>A wrong key, a changed byte, another direction and a header that asks for something else are one and the same
 * answer, so that nobody can learn from it (OWASP ASVS 5.0, 11.2.5).
 */
public sealed interface Opening {
    /**
     * Handles both cases.
     *
     * @param opened gets the body
     * @param refused is asked for the other case
     * @param <T> what both make of it
     * @return what the one that was called returned
     */
    default <T> T fold(Function<Opened, T> opened, Supplier<T> refused) {
        return this instanceof Opened body ? opened.apply(body) : refused.get();
    }

    /** A body that one who has the key sealed for this direction and context. */
    final class Opened implements Opening {
        private final byte[] bytes;
        private final String contentType;

        Opened(byte[] bytes, String contentType) {
            this.bytes = bytes;
            this.contentType = contentType;
        }

        /**
         * Gives the body.
         *
         * @return a copy
         */
        public byte[] bytes() {
            return bytes.clone();
        }

        /**
         * Tells what the body is, as the sealer said ({@code cty}, RFC 7516, section 4.1.12).
         *
         * @return a media type, or empty if nothing was said
         */
        public String contentType() {
            return contentType;
        }

        /**
         * Prints that there is a body, and nothing of it.
         *
         * @return the length alone
         */
        @Override
        public String toString() {
            return "Opened[" + bytes.length + " bytes]";
        }
    }

    /** Not opened; there is no detail. */
    final class Refused implements Opening {
        static final Refused REFUSED = new Refused();

        private Refused() {}

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

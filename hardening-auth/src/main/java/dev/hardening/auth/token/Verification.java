package dev.hardening.auth.token;

import java.util.Objects;
import java.util.function.Function;

/**
 * What {@link AccessTokenVerifier} says of a token.
 *
 * <p>The reason of a refusal is for a log; a client is told {@link #CLIENT_TEXT} whatever the reason was.
 */
public sealed interface Verification {
    /** The one sentence for a client, which helps nobody to shape a better forgery. */
    String CLIENT_TEXT = "A valid access token is required.";

    /**
     * Which of the two this is.
     *
     * @return one constant per record
     */
    Kind kind();

    /**
     * Goes on with the one that it is.
     *
     * @param valid takes the token
     * @param invalid takes the reason
     * @param <T> what both make
     * @return what the one called returned
     */
    <T> T fold(Function<VerifiedToken, T> valid, Function<Reason, T> invalid);

    /** One constant per record. */
    enum Kind {
        /** {@link Verification.Valid}. */
        VALID,
        /** {@link Verification.Invalid}. */
        INVALID
    }

    /** Why a token was refused, in the order in which the rules are asked. */
    enum Reason {
        /** No token at all. */
        MISSING,
        /** Over 8192 characters, a header over 2 KiB or a payload over 6 KiB. */
        TOO_LONG,
        /** Not three parts of canonical, unpadded base64url. */
        MALFORMED,
        /** The header is not one strict JSON object, or lacks what it must have. */
        HEADER_MALFORMED,
        /** The header names a key or an extension of its own: {@code jku x5u jwk x5c crit b64 zip enc}. */
        HEADER_FORBIDDEN,
        /** Another {@code typ}: a token made for something else. */
        TYPE,
        /** No key of that {@code kid}, or one that is no longer accepted. */
        UNKNOWN_KEY,
        /** Another {@code alg} than that of the key. */
        ALGORITHM,
        /** The signature does not fit. */
        SIGNATURE,
        /** The payload is not one strict JSON object. */
        CLAIMS_MALFORMED,
        /** A claim is missing or has another type or form. */
        CLAIM,
        /** Another issuer. */
        ISSUER,
        /** Made for another audience. */
        AUDIENCE,
        /** Its time is over. */
        EXPIRED,
        /** Its time has not come. */
        NOT_YET_VALID,
        /** It was made to live longer than this verifier allows. */
        LIFETIME,
        /** Its session has ended, or all older tokens of its user have. */
        REVOKED
    }

    /**
     * The token may be trusted now.
     *
     * @param token what it says
     */
    record Valid(VerifiedToken token) implements Verification {
        /**
         * Checks that there is one.
         *
         * @param token what it says
         */
        public Valid {
            Objects.requireNonNull(token, "token");
        }

        @Override
        public Kind kind() {
            return Kind.VALID;
        }

        @Override
        public <T> T fold(Function<VerifiedToken, T> valid, Function<Reason, T> invalid) {
            return valid.apply(token);
        }
    }

    /**
     * The token must not be trusted.
     *
     * @param reason for the log, not for the client
     */
    record Invalid(Reason reason) implements Verification {
        /**
         * Checks that there is one.
         *
         * @param reason for the log, not for the client
         */
        public Invalid {
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public Kind kind() {
            return Kind.INVALID;
        }

        @Override
        public <T> T fold(Function<VerifiedToken, T> valid, Function<Reason, T> invalid) {
            return invalid.apply(reason);
        }
    }
}

package dev.hardening.auth.session;

import dev.hardening.auth.AuthEvent.RefreshRejected.Reason;
import java.util.Objects;
import java.util.function.Function;

/**
 * What became of a refresh token; a client is told only whether it got new tokens.
 */
public sealed interface RefreshResult {
    /**
     * Which of the three this is.
     *
     * @return one constant per record
     */
    Kind kind();

    /**
     * Goes on with what it is: tokens, or a refusal.
     *
     * @param tokens takes the tokens of {@link Rotated} and {@link Replayed}
     * @param rejected takes the reason
     * @param <T> what both make
     * @return what the one called returned
     */
    <T> T fold(Function<SessionTokens, T> tokens, Function<Reason, T> rejected);

    /** One constant per record. */
    enum Kind {
        /** {@link RefreshResult.Rotated}. */
        ROTATED,
        /** {@link RefreshResult.Replayed}. */
        REPLAYED,
        /** {@link RefreshResult.Rejected}. */
        REJECTED
    }

    /**
     * The token was exchanged.
     *
     * @param tokens the new ones
     */
    record Rotated(SessionTokens tokens) implements RefreshResult {
        /**
         * Checks that there are some.
         *
         * @param tokens the new ones
         */
        public Rotated {
            Objects.requireNonNull(tokens, "tokens");
        }

        @Override
        public Kind kind() {
            return Kind.ROTATED;
        }

        @Override
        public <T> T fold(Function<SessionTokens, T> taker, Function<Reason, T> rejected) {
            return taker.apply(tokens);
        }
    }

    /**
     * The token had been exchanged a moment ago; here is the same successor once more, as after a lost answer.
     *
     * @param tokens the refresh token of the exchange before, and a new access token
     */
    record Replayed(SessionTokens tokens) implements RefreshResult {
        /**
         * Checks that there are some.
         *
         * @param tokens the refresh token of the exchange before, and a new access token
         */
        public Replayed {
            Objects.requireNonNull(tokens, "tokens");
        }

        @Override
        public Kind kind() {
            return Kind.REPLAYED;
        }

        @Override
        public <T> T fold(Function<SessionTokens, T> taker, Function<Reason, T> rejected) {
            return taker.apply(tokens);
        }
    }

    /**
     * No tokens.
     *
     * @param reason for the log, not for the client
     */
    record Rejected(Reason reason) implements RefreshResult {
        /**
         * Checks that there is one.
         *
         * @param reason for the log, not for the client
         */
        public Rejected {
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public Kind kind() {
            return Kind.REJECTED;
        }

        @Override
        public <T> T fold(Function<SessionTokens, T> taker, Function<Reason, T> rejected) {
            return rejected.apply(reason);
        }
    }
}

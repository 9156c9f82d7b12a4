package dev.hardening.auth.account;

import dev.hardening.auth.session.SessionTokens;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/** What became of a login; a refusal says nothing of why. */
public sealed interface LoginResult {
    /**
     * Which of the records this is.
     *
     * @return one constant per record
     */
    Kind kind();

    /**
     * Handles every case.
     *
     * @param authenticated for {@link Authenticated}
     * @param rejected for {@link Rejected}
     * @param throttled for {@link Throttled}
     * @param busy for {@link Busy}
     * @param <T> what they make of it
     * @return what the one that applied returned
     */
    default <T> T fold(
            Function<Authenticated, T> authenticated,
            Function<Rejected, T> rejected,
            Function<Throttled, T> throttled,
            Function<Busy, T> busy) {
        return switch (kind()) {
            case AUTHENTICATED -> authenticated.apply((Authenticated) this);
            case REJECTED -> rejected.apply((Rejected) this);
            case THROTTLED -> throttled.apply((Throttled) this);
            case BUSY -> busy.apply((Busy) this);
        };
    }

    /** One constant per record. */
    enum Kind {
        /** {@link LoginResult.Authenticated}. */
        AUTHENTICATED,
        /** {@link LoginResult.Rejected}. */
        REJECTED,
        /** {@link LoginResult.Throttled}. */
        THROTTLED,
        /** {@link LoginResult.Busy}. */
        BUSY
    }

    /**
     * The password was right. Answer 200.
     *
     * @param tokens of a new session
     */
    record Authenticated(SessionTokens tokens) implements LoginResult {
        /**
         * Checks that they are there.
         *
         * @param tokens of a new session
         */
        public Authenticated {
            Objects.requireNonNull(tokens, "tokens");
        }

        @Override
        public Kind kind() {
            return Kind.AUTHENTICATED;
        }
    }

    /** Unknown account, wrong password, address not proved or account disabled, all alike. Answer 401. */
    record Rejected() implements LoginResult {
        @Override
        public Kind kind() {
            return Kind.REJECTED;
        }
    }

    /**
     * Too many attempts went before; the password was not looked at. Answer 429.
     *
     * @param retryAfter how long to wait
     */
    record Throttled(Duration retryAfter) implements LoginResult {
        /**
         * Checks that it is there.
         *
         * @param retryAfter how long to wait
         */
        public Throttled {
            Objects.requireNonNull(retryAfter, "retryAfter");
        }

        @Override
        public Kind kind() {
            return Kind.THROTTLED;
        }
    }

    /**
     * Too many passwords are being hashed; nothing was looked up. Answer 503.
     *
     * @param retryAfter how long to wait
     */
    record Busy(Duration retryAfter) implements LoginResult {
        /**
         * Checks that it is there.
         *
         * @param retryAfter how long to wait
         */
        public Busy {
            Objects.requireNonNull(retryAfter, "retryAfter");
        }

        @Override
        public Kind kind() {
            return Kind.BUSY;
        }
    }
}

package dev.hardening.auth.account;

import dev.hardening.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** What became of a registration; nothing of it shows whether the address had an account. */
public sealed interface RegistrationResult {
    /**
     * Which of the records this is.
     *
     * @return one constant per record
     */
    Kind kind();

    /**
     * Handles every case.
     *
     * @param accepted for {@link Accepted}
     * @param refused for {@link Refused}
     * @param throttled for {@link Throttled}
     * @param busy for {@link Busy}
     * @param <T> what they make of it
     * @return what the one that applied returned
     */
    default <T> T fold(
            Function<Accepted, T> accepted,
            Function<Refused, T> refused,
            Function<Throttled, T> throttled,
            Function<Busy, T> busy) {
        return switch (kind()) {
            case ACCEPTED -> accepted.apply((Accepted) this);
            case REFUSED -> refused.apply((Refused) this);
            case THROTTLED -> throttled.apply((Throttled) this);
            case BUSY -> busy.apply((Busy) this);
        };
    }

    /** One constant per record. */
    enum Kind {
        /** {@link RegistrationResult.Accepted}. */
        ACCEPTED,
        /** {@link RegistrationResult.Refused}. */
        REFUSED,
        /** {@link RegistrationResult.Throttled}. */
        THROTTLED,
        /** {@link RegistrationResult.Busy}. */
        BUSY
    }

    /** Taken; a mail tells the owner of the address how it goes on. Answer 202. */
    record Accepted() implements RegistrationResult {
        @Override
        public Kind kind() {
            return Kind.ACCEPTED;
        }
    }

    /**
     * The password may not be chosen. Answer 422.
     *
     * @param violations every reason, at least one
     */
    record Refused(List<PasswordPolicy.Violation> violations) implements RegistrationResult {
        /**
         * Copies the list.
         *
         * @param violations every reason, at least one
         */
        public Refused {
            violations = List.copyOf(violations);
        }

        @Override
        public Kind kind() {
            return Kind.REFUSED;
        }
    }

    /**
     * The address was mailed often enough, account or not. Answer 429.
     *
     * @param retryAfter how long to wait
     */
    record Throttled(Duration retryAfter) implements RegistrationResult {
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
    record Busy(Duration retryAfter) implements RegistrationResult {
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

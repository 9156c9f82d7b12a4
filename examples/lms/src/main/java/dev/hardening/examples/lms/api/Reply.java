package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.web.Problem;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the accounts say to a call.
 *
 * @param <T> the value of a success
 */
public sealed interface Reply<T> {
    /**
     * Takes the value or ends the call with the problem that fits.
     *
     * @param rejected makes the one answer for every cause of a rejection
     */
    T value(Supplier<ProblemException> rejected);

    /**
     * It was done.
     *
     * @param result what came of it
     */
    record Done<T>(T result) implements Reply<T> {
        @Override
        public T value(Supplier<ProblemException> rejected) {
            return result;
        }
    }

    /** It was not done, and the client must not learn why. */
    record Rejected<T>() implements Reply<T> {
        @Override
        public T value(Supplier<ProblemException> rejected) {
            throw rejected.get();
        }
    }

    /** It contradicts what is there, and the client may know that: 409. */
    record Conflict<T>() implements Reply<T> {
        @Override
        public T value(Supplier<ProblemException> rejected) {
            throw ProblemException.of(409);
        }
    }

    /**
     * Some values break rules that the client may know: 422.
     *
     * @param violations at least one
     */
    record Invalid<T>(List<Violation> violations) implements Reply<T> {
        /** Copies the list. */
        public Invalid {
            violations = List.copyOf(violations);
        }

        @Override
        public T value(Supplier<ProblemException> rejected) {
            throw new ProblemException(Problem.refused(violations));
        }
    }

    /**
     * Too many tries: 429.
     *
     * @param retryAfter when another one has a chance
     */
    record Throttled<T>(Duration retryAfter) implements Reply<T> {
        @Override
        public T value(Supplier<ProblemException> rejected) {
            throw later(429, retryAfter);
        }
    }

    /**
     * Too much to do at this moment: 503.
     *
     * @param retryAfter when to come again
     */
    record Busy<T>(Duration retryAfter) implements Reply<T> {
        @Override
        public T value(Supplier<ProblemException> rejected) {
            throw later(503, retryAfter);
        }
    }

    private static ProblemException later(int status, Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
        return new ProblemException(Problem.of(status), Map.of("Retry-After", Long.toString(seconds)));
    }
}

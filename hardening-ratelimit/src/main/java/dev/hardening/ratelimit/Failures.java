package dev.hardening.ratelimit;

import java.util.concurrent.CompletionException;

/** Finds what a store threw below what asynchronous calls wrap around it. */
final class Failures {
    private Failures() {}

    static RuntimeException cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RuntimeException plain
                ? plain
                : new RateLimitUnavailableException("the bucket store did not answer", cause);
    }
}

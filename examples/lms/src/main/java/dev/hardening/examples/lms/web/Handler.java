package dev.hardening.examples.lms.web;

/** What one call does. Implementations are safe for many threads and may block on the database, never without a bound. */
@FunctionalInterface
public interface Handler {
    /**
     * Answers one request.
     *
     * @throws ProblemException to refuse it
     */
    Answer handle(Exchange exchange);
}

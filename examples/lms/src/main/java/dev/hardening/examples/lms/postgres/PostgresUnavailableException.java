package dev.hardening.examples.lms.postgres;

/** The embedded PostgreSQL cannot run here; the message says why and what to do instead. */
public final class PostgresUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what went wrong and the remedies. */
    public PostgresUnavailableException(String message) {
        super(message);
    }

    /** With what went wrong and its cause. */
    public PostgresUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

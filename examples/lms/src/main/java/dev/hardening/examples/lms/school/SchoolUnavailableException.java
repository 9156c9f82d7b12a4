package dev.hardening.examples.lms.school;

/** The database is away or too busy; nothing is known about what was asked, so answer 503. */
public final class SchoolUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Keeps the cause. */
    public SchoolUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

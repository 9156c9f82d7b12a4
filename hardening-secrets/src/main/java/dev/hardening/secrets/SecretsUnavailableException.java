package dev.hardening.secrets;

import java.util.Objects;

/**
 * Says that something this module stands on (a disk, a database, a key) did not answer; never that access was denied.
 *
 * <p>Answer 503 to a caller. The message names what is missing and holds no secret and no personal datum.
 */
public final class SecretsUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is. */
    private final Reason reason;

    /** What kind of trouble it is: whether to try again, to look for a key, or to raise an alarm. */
    public enum Reason {
        /** A disk, a database or a random source failed; trying again may help. */
        INFRASTRUCTURE,
        /** What is stored is wrapped by a key-encryption key that was not given. */
        WRONG_KEY,
        /** What is stored is not what was written: changed, cut, swapped or rolled back. Raise an alarm. */
        TAMPERED
    }

    /**
     * Makes the exception.
     *
     * @param message what was asked of whom
     * @param cause what the infrastructure said
     */
    public SecretsUnavailableException(String message, Throwable cause) {
        super(message, cause);
        reason = Reason.INFRASTRUCTURE;
    }

    /**
     * Makes the exception where there is no cause to keep.
     *
     * @param message what was asked of whom
     */
    public SecretsUnavailableException(String message) {
        this(Reason.INFRASTRUCTURE, message);
    }

    /**
     * Makes the exception for a reason of its own.
     *
     * @param reason what kind of trouble it is
     * @param message what was asked of whom
     */
    public SecretsUnavailableException(Reason reason, String message) {
        super(message);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * Tells what kind of trouble it is.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}

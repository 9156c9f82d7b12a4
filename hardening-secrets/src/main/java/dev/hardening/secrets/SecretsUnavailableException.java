package dev.hardening.secrets;

/**
 * Says that something this module stands on (a disk, a database, a key) did not answer; never that access was denied.
 *
 * <p>Answer 503 to a caller. The message names what is missing and holds no secret and no personal datum.
 */
public final class SecretsUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what was asked of whom
     * @param cause what the infrastructure said
     */
    public SecretsUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Makes the exception where there is no cause to keep.
     *
     * @param message what was asked of whom
     */
    public SecretsUnavailableException(String message) {
        super(message);
    }
}

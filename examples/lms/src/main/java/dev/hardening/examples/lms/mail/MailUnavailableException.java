package dev.hardening.examples.lms.mail;

/** A mail cannot be taken over now; nothing about the mail stands in the message. */
public final class MailUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what went wrong and its cause. */
    public MailUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** With what went wrong. */
    public MailUnavailableException(String message) {
        super(message);
    }
}

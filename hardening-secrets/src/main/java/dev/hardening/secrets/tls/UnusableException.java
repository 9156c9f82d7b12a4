package dev.hardening.secrets.tls;

/** The files cannot be served as they are; the message holds nothing of their content. Never leaves the package. */
final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String fault) {
        super(fault);
    }

    String fault() {
        return String.valueOf(getMessage());
    }
}

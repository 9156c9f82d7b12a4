package dev.hardening.secrets.scan;

/** How sure it is that what was found opens something. */
public enum Severity {
    /** Its form says what it is: a private key, a token of a known service. */
    HIGH,
    /** Its name says so and it does not look like a placeholder. */
    MEDIUM
}

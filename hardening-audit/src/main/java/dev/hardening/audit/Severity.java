package dev.hardening.audit;

/** Says how much an event matters to the person who watches, in the levels of the OWASP logging vocabulary. */
public enum Severity {
    /** Normal course of things. */
    INFO,
    /** Worth counting: many of them are an attack. */
    WARN,
    /** Worth waking somebody. */
    CRITICAL
}

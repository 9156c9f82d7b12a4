package dev.hardening.health;

/** Which question an entry helps to answer. */
public enum CheckKind {
    /** Must this process be restarted? */
    LIVENESS,
    /** May this process get traffic? */
    READINESS,
    /** Is the start finished? A named gate, opened once. */
    STARTUP
}

package dev.hardening.examples.lms.school;

/** Why the school did not do what was asked. */
public enum Refusal {
    /** There is no such thing, or the caller may not know of it: one and the same answer. */
    UNKNOWN,
    /** The caller may know the thing but not do this with it. */
    FORBIDDEN,
    /** It contradicts what is there already. */
    CONFLICT,
    /** The cursor is not one that this list gave to this caller. */
    BAD_CURSOR
}

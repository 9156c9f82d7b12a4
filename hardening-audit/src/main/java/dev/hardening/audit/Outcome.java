package dev.hardening.audit;

/** Says how the thing that was tried ended. */
public enum Outcome {
    /** It was done. */
    SUCCESS,
    /** It was not done, because what was asked was wrong: bad input, unknown thing, wrong password. */
    FAILURE,
    /** It was not done, because the actor may not: no permission, no session, over a limit. */
    DENIED,
    /** It may be half done: the service itself broke. */
    ERROR
}

package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import java.util.Map;
import java.util.Objects;

/**
 * Something that someone did in a school and that has to be provable later.
 *
 * @param kind what
 * @param actor who
 * @param target the id of the thing it was done to
 * @param details more, without personal data beyond ids
 * @param client from where
 */
public record SchoolEvent(Kind kind, Member actor, String target, Map<String, String> details, Client client) {
    /** Copies the details. */
    public SchoolEvent {
        Objects.requireNonNull(kind, "kind");
        details = Map.copyOf(details);
    }

    /** What was done. */
    public enum Kind {
        /** A school got its first administrator. */
        ADMINISTRATOR_SET_UP,
        /** A school was made. */
        TENANT_CREATED,
        /** The set-up token of a school was issued anew. */
        SETUP_TOKEN_ISSUED,
        /** A course was made. */
        COURSE_CREATED,
        /** Someone was enrolled. */
        ENROLLED,
        /** Work was handed in. */
        SUBMITTED,
        /** Work was graded. */
        GRADED,
        /** The next key of a ring was asked for and nothing was done yet; the target is the ring. */
        ROTATION_ASKED,
        /** The next key of a ring waits for its time; the details tell which, and whether it was made by this call. */
        ROTATION_BEGUN,
        /** A ring had no room for a further key. */
        ROTATION_REFUSED,
        /** Someone asked for what he may not do; the target is the route. */
        DENIED
    }
}

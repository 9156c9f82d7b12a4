package dev.hardening.examples.lms.school;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What someone is in one course. */
public enum CourseRole {
    /** Hands in work and sees his own. */
    STUDENT,
    /** Enrols, sees all work and grades it. */
    INSTRUCTOR;

    /** The lower-case word of the wire and the database. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word; empty for any other. */
    public static Optional<CourseRole> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }
}

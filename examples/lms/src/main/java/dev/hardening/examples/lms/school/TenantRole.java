package dev.hardening.examples.lms.school;

import java.util.Locale;

/** What someone is in the whole school. */
public enum TenantRole {
    /** Runs the school: sees all of its courses and enrols anyone. */
    ADMIN,
    /** May create courses. */
    INSTRUCTOR,
    /** Sees the courses he is enrolled in; what a new account is. */
    STUDENT;

    /** The lower-case word of the wire and the database. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean createsCourses() {
        return this != STUDENT;
    }
}

package dev.hardening.examples.lms.school;

import dev.hardening.auth.UserId;
import java.util.Optional;

/**
 * Work that a student handed in.
 *
 * @param id opaque
 * @param course where it was handed in
 * @param user by whom
 * @param text the work
 * @param grade empty until it is graded
 */
public record Submission(String id, String course, UserId user, String text, Optional<Graded> grade) {
    /**
     * The grade that counts.
     *
     * @param grade points or a mark
     * @param reason why
     * @param by who gave it
     */
    public record Graded(Grade grade, String reason, UserId by) {}
}

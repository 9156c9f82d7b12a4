package dev.hardening.examples.lms.school;

import dev.hardening.auth.UserId;

/**
 * Someone's place in a course.
 *
 * @param course the course
 * @param user who
 * @param role as what
 */
public record Enrolment(String course, UserId user, CourseRole role) {}

package dev.hardening.examples.lms.school;

/**
 * A course.
 *
 * @param id opaque
 * @param title as its creator wrote it
 */
public record Course(String id, String title) {}

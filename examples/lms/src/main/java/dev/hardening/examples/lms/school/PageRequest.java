package dev.hardening.examples.lms.school;

import java.util.Optional;

/**
 * Which part of a list is wanted.
 *
 * @param cursor what the part before gave as {@code next}; empty for the first
 * @param size 1 to 100
 */
public record PageRequest(Optional<String> cursor, int size) {
    /** The largest page. */
    public static final int MAX_SIZE = 100;

    /** Checks the size. */
    public PageRequest {
        if (size < 1 || size > MAX_SIZE) {
            throw new IllegalArgumentException("size must be 1 to " + MAX_SIZE + ", got " + size);
        }
    }
}

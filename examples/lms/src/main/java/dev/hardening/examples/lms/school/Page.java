package dev.hardening.examples.lms.school;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list.
 *
 * @param items in order of creation
 * @param next the cursor of the next part; empty at the end
 */
public record Page<T>(List<T> items, Optional<String> next) {
    /** Copies the list. */
    public Page {
        items = List.copyOf(items);
    }
}

package dev.hardening.examples.lms.web;

import java.util.Objects;

/**
 * One rule that one field of a request broke; never the value that broke it.
 *
 * @param field the field's name, empty if the document as a whole is meant or the name is not fit to be repeated
 * @param rule a short constant such as {@code missing} or {@code length-1-200}
 */
public record Violation(String field, String rule) {
    /** Refuses null. */
    public Violation {
        Objects.requireNonNull(field, "field");
        Objects.requireNonNull(rule, "rule");
    }
}

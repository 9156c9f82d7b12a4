/**
 * The reference service: a small LMS in which all modules work together.
 *
 * <p>Start at {@code Main}; {@code examples/lms/run} builds and starts it.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms;

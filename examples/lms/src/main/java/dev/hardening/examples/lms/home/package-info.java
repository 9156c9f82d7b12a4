/**
 * The data folder of one process: its modes, its lock and the files in it.
 *
 * <p>{@code DataFolder.open} takes it; nothing else of the service may use it until that one is closed.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.home;

/** Ready-made checks without any dependency; all are made by {@link dev.hardening.health.checks.Checks}. */
package dev.hardening.health.checks;

/**
 * Generates, validates and holds secrets, and keeps keys in rings that rotate.
 */
package dev.hardening.secrets;

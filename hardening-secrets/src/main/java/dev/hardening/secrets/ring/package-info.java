/**
 * Keeps keys of one purpose in a ring that rotates; start at {@link dev.hardening.secrets.ring.KeyRing}.
 */
package dev.hardening.secrets.ring;

/**
 * Turns what a user typed into a record that can be stored, and refuses what should not be a password.
 *
 * <p>Start at {@link dev.hardening.auth.password.Argon2idHasher#owasp()} and
 * {@link dev.hardening.auth.password.PasswordPolicy#nist80063b4()}.
 */
package dev.hardening.auth.password;

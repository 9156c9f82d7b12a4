/**
 * Keeps accounts: registration, verification of the address, login and the first administrator.
 *
 * <p>Start at {@link dev.hardening.auth.account.Accounts#builder()}, or let {@code dev.hardening.auth.Auth} do it.
 */
package dev.hardening.auth.account;

/**
 * Reads secrets from HashiCorp Vault (key-value store, version 2) and lets its transit engine wrap key rings.
 *
 * <p>Start at {@link dev.hardening.secrets.vault.Vault}.
 */
package dev.hardening.secrets.vault;

/**
 * Reads secrets from folders, env files and key stores, and follows them as they change.
 *
 * <p>Start at {@link dev.hardening.secrets.source.WatchedSource}; what it reads is a
 * {@link dev.hardening.secrets.source.SecretReader}.
 */
package dev.hardening.secrets.source;

/**
 * Serves TLS from certificate files that are renewed while the service runs; start at
 * {@link dev.hardening.secrets.tls.TlsReloader}. Needs nothing but the JDK.
 */
package dev.hardening.secrets.tls;

/**
 * TLS from PEM files, as certificate authorities and their clients write them.
 *
 * <p>{@code PemTls} gives an {@code SSLContext} whose certificate changes when the files do.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.tls;

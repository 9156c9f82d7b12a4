/**
 * Makes certificates for development and PKCS #12 files; start at
 * {@link dev.hardening.secrets.certificate.DevelopmentAuthority}. Needs Bouncy Castle.
 */
package dev.hardening.secrets.certificate;

/**
 * Opens sealed request bodies and seals responses in front of any servlet; start at
 * {@link dev.hardening.secrets.servlet.SealedBodyFilter}. Needs the servlet API and nimbus-jose-jwt.
 */
package dev.hardening.secrets.servlet;

/**
 * Seals request and response bodies as JWE; start at {@link dev.hardening.secrets.jose.BodyCipher}. Needs nimbus-jose-jwt.
 */
package dev.hardening.secrets.jose;

/**
 * Makes key pairs and writes them as JWK and PEM. {@link dev.hardening.secrets.keypair.KeyPairMaker} is where to start.
 */
package dev.hardening.secrets.keypair;

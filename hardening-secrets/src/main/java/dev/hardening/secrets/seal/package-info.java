/**
 * Seals bytes, streams, files and database fields under the keys of a ring, bound to the place they belong to; start at
 * {@link dev.hardening.secrets.seal.Sealer}. What is not opened is a value that says nothing more.
 */
package dev.hardening.secrets.seal;

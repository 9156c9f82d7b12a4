/**
 * Keeps buckets in PostgreSQL, so that several processes count together and a restart forgets nothing.
 *
 * <p>Start at {@link dev.hardening.ratelimit.jdbc.PostgresBucketStore}.
 */
package dev.hardening.ratelimit.jdbc;

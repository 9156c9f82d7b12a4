/**
 * Test support of this repository: clocks one can set, seeded randomness, a deadline poll, real PostgreSQL and Redis.
 *
 * <p>Start at {@link dev.hardening.testing.TestPostgres} for a database of your own per test class.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.testing;

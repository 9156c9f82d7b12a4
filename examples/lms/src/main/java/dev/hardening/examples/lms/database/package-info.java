/**
 * The way to the database: schemas migrated by their owner, a pool for a role that may do less.
 *
 * <p>{@code Database} is the pool; {@code Migrations} runs first.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.database;

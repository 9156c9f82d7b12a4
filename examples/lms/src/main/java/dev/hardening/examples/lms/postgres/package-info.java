/**
 * The PostgreSQL that comes with the service, for a start without a database server of one's own.
 *
 * <p>{@code EmbeddedPostgres.start} unpacks, initialises and runs it; closing stops it.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.postgres;

/**
 * Keeps key rings in PostgreSQL; see {@link dev.hardening.secrets.jdbc.JdbcRingStore}.
 */
package dev.hardening.secrets.jdbc;

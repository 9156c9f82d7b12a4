/**
 * Keeps what this module has to remember in PostgreSQL, through a {@code javax.sql.DataSource} and plain SQL.
 */
package dev.hardening.auth.jdbc;

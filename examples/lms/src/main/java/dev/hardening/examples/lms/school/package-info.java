/**
 * The school: tenants, courses, enrolments, submissions and grades on PostgreSQL, and who may do what with them.
 *
 * <p>Start at {@code School}. The tenant stands in every key and every query, and row-level security is the second wall.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.school;

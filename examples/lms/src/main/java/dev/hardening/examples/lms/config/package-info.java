/**
 * What the service is told from outside: variables, profile and secrets.
 *
 * <p>{@code Installation} says where it lives, {@code LmsConfig} all the rest; every fault is reported at once.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.config;

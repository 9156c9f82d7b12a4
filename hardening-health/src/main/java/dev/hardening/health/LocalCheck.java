package dev.hardening.health;

/**
 * A check that touches nothing outside this JVM, the only kind that liveness accepts.
 *
 * <p>Liveness down means "restart this process"; a restart heals no database, and a liveness check that asks one turns
 * its outage into a restart of every instance. The built-in checks of dependencies are therefore not of this type.
 */
@FunctionalInterface
public interface LocalCheck extends HealthCheck {}

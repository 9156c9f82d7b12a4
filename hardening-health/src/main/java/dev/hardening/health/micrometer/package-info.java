/** Publishes the health of a service as Micrometer meters: {@link dev.hardening.health.micrometer.HealthMeters}. */
package dev.hardening.health.micrometer;

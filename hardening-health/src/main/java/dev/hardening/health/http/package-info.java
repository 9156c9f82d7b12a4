/**
 * Serves the probes on the JDK's own HTTP server, apart from the service's threads. Start with {@link
 * dev.hardening.health.http.HealthServer}.
 */
package dev.hardening.health.http;

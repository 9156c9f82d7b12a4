/**
 * Serves the probes inside a servlet container and counts requests in flight for a drain. Start with {@link
 * dev.hardening.health.servlet.HealthServlet} and {@link dev.hardening.health.servlet.InFlightFilter}.
 */
package dev.hardening.health.servlet;

/** Holds the program that Docker's HEALTHCHECK runs: {@link dev.hardening.health.cli.HealthProbe}. */
package dev.hardening.health.cli;

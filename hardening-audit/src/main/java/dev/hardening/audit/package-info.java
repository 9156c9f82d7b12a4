/**
 * Keeps a durable log of security events: what is acknowledged is on the disk.
 */
package dev.hardening.audit;

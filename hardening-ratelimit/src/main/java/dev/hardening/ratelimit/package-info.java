/**
 * Decides who may go on and who has to wait, per user and not only per address.
 */
package dev.hardening.ratelimit;

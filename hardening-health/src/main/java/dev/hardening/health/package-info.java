/**
 * Decides whether this process lives and whether it should get traffic, and answers without ever running a check on the
 * caller's thread.
 */
package dev.hardening.health;

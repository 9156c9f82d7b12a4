/**
 * Decides who is calling: tokens, sessions, accounts and passwords.
 */
package dev.hardening.auth;

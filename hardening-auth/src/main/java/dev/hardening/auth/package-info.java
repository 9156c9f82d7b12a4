/**
 * Decides who is calling: the values, events and exceptions that tokens, sessions and accounts share.
 */
package dev.hardening.auth;

/**
 * Keeps sessions honest from login to logout: {@link dev.hardening.auth.session.Sessions} starts, refreshes and ends
 * them, {@link dev.hardening.auth.session.RevocationFeed} makes their access tokens die with them.
 */
package dev.hardening.auth.session;

/** What the shared stores have in common; not for use from outside. */
package dev.hardening.ratelimit.internal;

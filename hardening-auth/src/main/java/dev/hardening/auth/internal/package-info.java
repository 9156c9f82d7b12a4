/** How the facade is put together; not exported. */
package dev.hardening.auth.internal;

/** What several packages of this module need and nobody else: plain files. */
package dev.hardening.secrets.internal;

/**
 * Health checks of this module. Start at SourceChecks or TlsChecks.
 */
package dev.hardening.secrets.health;

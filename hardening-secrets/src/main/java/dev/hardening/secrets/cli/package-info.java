/**
 * The command line of this module, for the jar with the classifier {@code cli}; no library code calls it. It starts at
 * {@link dev.hardening.secrets.cli.SecretsCommand}.
 */
package dev.hardening.secrets.cli;

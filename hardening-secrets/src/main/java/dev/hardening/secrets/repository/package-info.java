/**
 * Keeps secrets out of a git repository. {@link dev.hardening.secrets.repository.GitGuard} is where to start.
 */
package dev.hardening.secrets.repository;

/** Finds secrets in the files of a repository before they are published. Start with {@link dev.hardening.secrets.scan.RepositoryScanner}. */
package dev.hardening.secrets.scan;

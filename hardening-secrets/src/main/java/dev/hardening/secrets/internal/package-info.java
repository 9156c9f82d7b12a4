/** What several packages of this module need and nobody else: plain files, and git in a repository that may be hostile. */
package dev.hardening.secrets.internal;

/**
 * Brings the verifier to servlet containers: {@link dev.hardening.auth.servlet.AuthFilter}.
 */
package dev.hardening.auth.servlet;

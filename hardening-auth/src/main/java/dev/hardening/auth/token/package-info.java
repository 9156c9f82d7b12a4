/**
 * Makes access tokens and decides whether one may be trusted: {@link dev.hardening.auth.token.TokenIssuer} and
 * {@link dev.hardening.auth.token.AccessTokenVerifier}. Others verify with the keys of
 * {@link dev.hardening.auth.token.JwksDocument}.
 */
package dev.hardening.auth.token;

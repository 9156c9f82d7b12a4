/** Tokens, sessions, accounts and passwords. */
@org.jspecify.annotations.NullMarked
module dev.hardening.auth {
    requires static org.jspecify;
    requires static transitive java.sql;
    requires static jakarta.servlet;
    requires transitive dev.hardening.ratelimit;
    requires transitive dev.hardening.secrets;
    requires com.fasterxml.jackson.core;
    requires com.github.benmanes.caffeine;
    requires com.nimbusds.jose.jwt;
    requires org.bouncycastle.provider;
    requires org.slf4j;

    exports dev.hardening.auth;
    exports dev.hardening.auth.jdbc;
    exports dev.hardening.auth.servlet;
    exports dev.hardening.auth.account;
    exports dev.hardening.auth.password;
    exports dev.hardening.auth.session;
    exports dev.hardening.auth.token;
}

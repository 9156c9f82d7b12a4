/** Secrets and keys: generated, validated, held and rotated. */
@org.jspecify.annotations.NullMarked
module dev.hardening.secrets {
    requires static org.jspecify;
    requires static transitive java.sql;
    requires static com.nimbusds.jose.jwt;
    requires static dev.hardening.health;
    requires static info.picocli;
    requires static jakarta.servlet;
    requires static org.bouncycastle.provider;
    requires com.fasterxml.jackson.core;
    requires java.net.http;
    requires org.slf4j;

    exports dev.hardening.secrets;
    exports dev.hardening.secrets.certificate;
    exports dev.hardening.secrets.health;
    exports dev.hardening.secrets.jdbc;
    exports dev.hardening.secrets.jose;
    exports dev.hardening.secrets.keypair;
    exports dev.hardening.secrets.repository;
    exports dev.hardening.secrets.ring;
    exports dev.hardening.secrets.scan;
    exports dev.hardening.secrets.seal;
    exports dev.hardening.secrets.servlet;
    exports dev.hardening.secrets.source;
    exports dev.hardening.secrets.tls;
    exports dev.hardening.secrets.vault;
}

package dev.hardening.examples.lms.config;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Everything the service is told by variables, checked as a whole.
 *
 * @param profile decides what is refused
 * @param network where it listens and how it is reached
 * @param issuer of tokens, never derived from a port
 * @param database a server of one's own; empty for the embedded one
 * @param smtp the address of a mail server, with its password; empty for the outbox
 * @param secrets of the installation
 */
public record LmsConfig(
        Profile profile,
        Network network,
        String issuer,
        Optional<DatabaseLogin> database,
        Optional<Secret> smtp,
        MasterSecrets secrets) {

    /**
     * An address to listen on.
     *
     * @param host name or address
     * @param port 0 for any free one
     */
    public record Listen(String host, int port) {}

    /**
     * Where the service listens and how it is reached.
     *
     * @param http for users
     * @param management for health and metrics
     * @param publicUrl base of links in mails; empty for the address of {@code http}
     * @param tls where the service speaks TLS itself
     * @param trustedProxies ranges whose forwarding headers count
     */
    public record Network(
            Listen http,
            Listen management,
            Optional<URI> publicUrl,
            Optional<TlsFiles> tls,
            List<String> trustedProxies) {
        /** Copies the list. */
        public Network {
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /**
     * Two PEM files.
     *
     * @param certificates the chain
     * @param key the private key
     */
    public record TlsFiles(Path certificates, Path key) {}

    /**
     * How to reach a database server.
     *
     * @param url {@code jdbc:postgresql://...}, which may hold a password
     * @param user where the address names none
     * @param password where the address holds none
     */
    public record DatabaseLogin(Secret url, Optional<String> user, Optional<Secret> password) {}

    /**
     * Reads and checks all variables.
     *
     * @param profile of the installation
     * @param source the environment and the env file
     * @throws dev.hardening.examples.lms.StartRefusedException with every fault
     */
    public static LmsConfig read(Profile profile, SecretSource source) {
        Variables variables = new Variables(source);
        LmsConfig config = new LmsConfig(
                profile,
                network(variables),
                variables.text("LMS_ISSUER").orElse("urn:hardening:lms"),
                database(variables),
                smtp(variables),
                MasterSecrets.read(variables));
        if (variables.text("LMS_REDIS_URL").isPresent()) {
            variables.fault("LMS_REDIS_URL is not supported yet: limits live in PostgreSQL, remove it");
        }
        if (profile == Profile.PRODUCTION) {
            config.requireProduction(variables);
        }
        variables.orThrow();
        return config;
    }

    private void requireProduction(Variables variables) {
        if (network.publicUrl().filter(url -> "https".equals(url.getScheme())).isEmpty()) {
            variables.fault("LMS_PUBLIC_URL must be an https address in production");
        }
        if (network.tls().isEmpty() && network.trustedProxies().isEmpty()) {
            variables.fault("production needs TLS: set LMS_TLS_CERT and LMS_TLS_KEY,"
                    + " or LMS_TRUSTED_PROXIES to the proxies that end it");
        }
        if (database.isEmpty()) {
            variables.fault("LMS_DATABASE_URL is missing: production does not run on the embedded database");
        }
        if (smtp.isEmpty()) {
            variables.fault("LMS_SMTP_URL is missing: production does not write mails into a folder");
        }
    }

    private static Network network(Variables variables) {
        return new Network(
                new Listen(variables.text("LMS_HOST").orElse("127.0.0.1"), variables.port("LMS_PORT", 8080)),
                new Listen(
                        variables.text("LMS_MANAGEMENT_HOST").orElse("127.0.0.1"),
                        variables.port("LMS_MANAGEMENT_PORT", 8081)),
                variables.base("LMS_PUBLIC_URL"),
                tls(variables),
                variables.cidrs("LMS_TRUSTED_PROXIES"));
    }

    private static Optional<TlsFiles> tls(Variables variables) {
        Optional<Path> certificates = variables.text("LMS_TLS_CERT").map(Path::of);
        Optional<Path> key = variables.text("LMS_TLS_KEY").map(Path::of);
        if (certificates.isPresent() != key.isPresent()) {
            variables.fault("LMS_TLS_CERT and LMS_TLS_KEY must be set together");
        }
        return certificates.flatMap(chain -> key.map(secret -> new TlsFiles(chain, secret)));
    }

    private static Optional<DatabaseLogin> database(Variables variables) {
        Optional<String> url = variables.text("LMS_DATABASE_URL");
        Optional<String> user = variables.text("LMS_DATABASE_USER");
        Optional<Secret> password = variables.secret("LMS_DATABASE_PASSWORD");
        if (url.isPresent() && !url.get().startsWith("jdbc:postgresql://")) {
            variables.fault("LMS_DATABASE_URL must begin with jdbc:postgresql://");
        }
        if (url.isEmpty() && (user.isPresent() || password.isPresent())) {
            variables.fault("LMS_DATABASE_USER and LMS_DATABASE_PASSWORD need LMS_DATABASE_URL");
        }
        return url.map(text -> new DatabaseLogin(Secret.of(text), user, password));
    }

    private static Optional<Secret> smtp(Variables variables) {
        Optional<String> url = variables.text("LMS_SMTP_URL");
        if (url.isPresent() && !url.get().matches("smtps?://[^\\s/]+/?")) {
            variables.fault("LMS_SMTP_URL must read smtp://user:password@host:port");
        }
        return url.map(Secret::of);
    }
}

package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SchemaReport;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.SchemaReport.Severity;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything the service is told by variables, checked as a whole.
 *
 * @param profile decides what is refused
 * @param network where it listens and how it is reached
 * @param issuer of tokens, never derived from a port
 * @param database a server of one's own; empty for the embedded one
 * @param redis the address of a Redis server for limits, with its password; empty to count without one
 * @param smtp the address of a mail server, with its password; empty for the outbox
 * @param secrets of the installation
 */
public record LmsConfig(
        Schema.Profile profile,
        Network network,
        String issuer,
        Optional<DatabaseLogin> database,
        Optional<Secret> redis,
        Optional<Secret> smtp,
        MasterSecrets secrets) {
    private static final Logger LOG = LoggerFactory.getLogger(LmsConfig.class);

    /**
     * An address to listen on.
     *
     * @param host name or address
     * @param port 0 for any free one
     */
    public record Listen(String host, int port) {
        private static final Set<String> EVERY_INTERFACE = Set.of("0.0.0.0", "::", "[::]", "*");

        /** Host and port as a URL on this machine has them; an address of every interface is {@code localhost}. */
        public String authority(int boundPort) {
            if (EVERY_INTERFACE.contains(host)) {
                return "localhost:" + boundPort;
            }
            boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
            return (bare ? "[" + host + "]" : host) + ":" + boundPort;
        }
    }

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
     * @throws StartRefusedException with every fault
     */
    public static LmsConfig read(Schema.Profile profile, SecretSource source) {
        AddressPasswords passwords = AddressPasswords.of(source);
        SchemaReport report = LmsVariables.schema(profile, passwords.users()).check(source);
        List<Finding> findings = new ArrayList<>(report.findings());
        findings.addAll(passwords.findings(profile));
        List<String> faults = new ArrayList<>(LmsVariables.acrossVariables(profile, source));
        messages(findings, Severity.FAULT).forEach(faults::add);
        if (!faults.isEmpty()) {
            throw new StartRefusedException(faults);
        }
        messages(findings, Severity.WARNING).forEach(warning -> LOG.warn("{}", warning));
        LmsVariables.warnings(source).forEach(warning -> LOG.warn("{}", warning));
        return of(profile, report.orThrow());
    }

    private static Stream<String> messages(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .map(Finding::toString);
    }

    private static LmsConfig of(Schema.Profile profile, Settings settings) {
        Network network = new Network(
                new Listen(settings.text("LMS_HOST"), settings.port("LMS_PORT")),
                new Listen(settings.text("LMS_MANAGEMENT_HOST"), settings.port("LMS_MANAGEMENT_PORT")),
                settings.findUri("LMS_PUBLIC_URL").map(LmsConfig::withoutSlash),
                settings.findPath("LMS_TLS_CERT").map(chain -> new TlsFiles(chain, settings.path("LMS_TLS_KEY"))),
                settings.findText("LMS_TRUSTED_PROXIES").map(LmsVariables::list).orElse(List.of()));
        return new LmsConfig(
                profile,
                network,
                settings.text("LMS_ISSUER"),
                settings.findText("LMS_DATABASE_URL")
                        .map(url -> new DatabaseLogin(
                                Secret.of(url),
                                settings.findText("LMS_DATABASE_USER"),
                                settings.findSecret("LMS_DATABASE_PASSWORD"))),
                settings.findText(AddressPasswords.REDIS).map(Secret::of),
                settings.findText("LMS_SMTP_URL").map(Secret::of),
                MasterSecrets.of(settings));
    }

    private static URI withoutSlash(URI uri) {
        return URI.create(uri.toString().replaceAll("/+$", ""));
    }
}

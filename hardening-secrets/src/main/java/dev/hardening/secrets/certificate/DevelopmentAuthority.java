package dev.hardening.secrets.certificate;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.SecretsConfigurationException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority for the machine of a developer, which can speak for a few names and no other.
 *
 * <p>Kept in a folder: {@code ca.pem} is what browsers and clients are told to trust, {@code authority.pem} (0600) holds
 * the key that issues. The key of {@code ca.pem} signed one issuing certificate and was never stored; name constraints
 * and the purpose, servers of TLS, stand in both. So whoever steals the folder can make no certificate for another DNS
 * name, address, mail address or URI that OpenSSL or Java would take, even where the constraints of what one was told
 * to trust are ignored. The name of a person or a program he can make up, and not every program looks at the purpose of
 * an issuer: tell clients of servers to trust {@code ca.pem}, and nothing that checks users, mail or signed code.
 *
 * <p>Not for production: it has no revocation and no separation of duties. Opening the folder again gives the same
 * authority; processes that open an empty one at once agree. Safe for many threads; opening does I/O.
 */
public final class DevelopmentAuthority {
    private static final String BUNDLE = "authority.pem";
    private static final String TRUSTED = "ca.pem";
    private static final int MAX_FILE = 64 * 1024;
    private static final Duration BACKDATED = Duration.ofMinutes(5);
    private static final int NAME_BYTES = 4;

    private final AuthorityFile file;
    private final Scope scope;
    private final Clock clock;
    private final SecureRandom random;

    private DevelopmentAuthority(AuthorityFile file, Scope scope, Builder given) {
        this.file = file;
        this.scope = scope;
        clock = given.clock;
        random = given.random;
    }

    /**
     * Starts an authority; {@code folder} is mandatory, and to make a new one at least one domain or address.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives what clients trust, as it stands in {@code ca.pem}.
     *
     * @return the root certificate
     */
    public X509Certificate certificate() {
        return file.root();
    }

    /**
     * Gives what clients trust as text.
     *
     * @return PEM
     */
    public String certificatePem() {
        return PemText.certificates(List.of(file.root()));
    }

    /** {@return the domains for which it may speak, sorted} */
    public Set<String> domains() {
        return Collections.unmodifiableSet(scope.domains());
    }

    /** {@return the addresses for which it may speak} */
    public Set<String> addresses() {
        return Collections.unmodifiableSet(scope.addresses());
    }

    /**
     * Starts a certificate for a server.
     *
     * @return a builder, for one thread; needs a name or an address
     */
    public LeafRequest leaf() {
        return new LeafRequest(this);
    }

    IssuedCertificate issue(LeafRequest leaf) {
        List<String> faults = leaf.faults(scope);
        Instant now = now(clock);
        Instant from = now.minus(BACKDATED);
        Instant last = file.issuer().getNotAfter().toInstant();
        Instant end = leaf.end(now, from, last);
        if (end.isAfter(last) || !now.isBefore(last)) {
            faults.add("the authority ends at " + last + ", before the certificate would; delete its folder and"
                    + " make a new one");
        }
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        KeyPair pair = leaf.key().make(random);
        X509Certificate certificate = new Draft(leaf.commonName(), pair.getPublic())
                .valid(from, end)
                .critical(Extension.basicConstraints, new BasicConstraints(false))
                .critical(Extension.keyUsage, new KeyUsage(leaf.usage()))
                .plain(Extension.extendedKeyUsage, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .plain(Extension.subjectAlternativeName, leaf.alternatives())
                .signedBy(file.issuer(), file.key(), random);
        return new IssuedCertificate(pair.getPrivate(), List.of(certificate, file.issuer()));
    }

    /** Certificates know whole seconds. */
    private static Instant now(Clock clock) {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private static AuthorityFile make(Builder given) {
        Instant from = now(given.clock).minus(BACKDATED);
        Instant to = from.plus(given.lifetime);
        NameConstraints constraints = given.scope().constraints();
        KeyPair rootPair = LeafKey.EC_P256.make(given.random);
        KeyPair issuerPair = LeafKey.EC_P256.make(given.random);
        byte[] mark = new byte[NAME_BYTES];
        given.random.nextBytes(mark);
        String name = "hardening development " + HexFormat.of().formatHex(mark);
        X509Certificate root = authority(name + " root", rootPair, 1, constraints)
                .valid(from, to)
                .signedByItself(rootPair.getPrivate(), given.random);
        X509Certificate issuer = authority(name + " issuer", issuerPair, 0, constraints)
                .valid(from, to)
                .signedBy(root, rootPair.getPrivate(), given.random);
        return new AuthorityFile(issuerPair.getPrivate(), issuer, root);
    }

    private static Draft authority(String name, KeyPair pair, int pathLength, NameConstraints constraints) {
        return new Draft(name, pair.getPublic())
                .critical(Extension.basicConstraints, new BasicConstraints(pathLength))
                .critical(Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                .plain(Extension.extendedKeyUsage, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .critical(Extension.nameConstraints, constraints);
    }

    /** Collects what an authority needs; not safe for many threads. */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofDays(3650);

        private @Nullable Path folder;
        private final List<String> domains = new ArrayList<>();
        private final List<String> addresses = new ArrayList<>();
        private boolean anyName;
        private Duration lifetime = Duration.ofDays(365);
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Says where the authority is kept; mandatory.
         *
         * @param place an existing folder that only its owner may write
         * @return this builder
         */
        public Builder folder(Path place) {
            folder = Objects.requireNonNull(place, "place");
            return this;
        }

        /**
         * Adds domains for which it may speak, each with all names below it.
         *
         * @param names such as {@code localhost} or {@code test}; without a star
         * @return this builder
         */
        public Builder domains(String... names) {
            domains.addAll(Arrays.asList(names));
            return this;
        }

        /**
         * Adds single addresses for which it may speak.
         *
         * @param literals such as {@code 127.0.0.1} or {@code ::1}
         * @return this builder
         */
        public Builder addresses(String... literals) {
            addresses.addAll(Arrays.asList(literals));
            return this;
        }

        /**
         * Allows domains that somebody may own and addresses of the open network. Without it only names reserved for
         * such use ({@code localhost}, {@code test}, {@code example}, {@code internal}, {@code local}, ...) and
         * loopback, private and link-local addresses are taken.
         *
         * @return this builder
         */
        public Builder allowAnyName() {
            anyName = true;
            return this;
        }

        /**
         * Says how long a new authority is valid; 365 days if not called.
         *
         * @param validity 1 to 3650 days
         * @return this builder
         */
        public Builder lifetime(Duration validity) {
            lifetime = Objects.requireNonNull(validity, "validity");
            return this;
        }

        /**
         * Gives the clock; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Gives the source of keys and serial numbers; a {@link SecureRandom} of its own if not called.
         *
         * @param source of randomness
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Opens the authority of the folder, and makes it where there is none. One that is there need not be told its
         * names again; if it is, they must be the same.
         *
         * @return the authority
         * @throws SecretsConfigurationException with every fault of what was given, or if the folder is not safe, or
         *     its authority is damaged, has expired, or is for other names
         * @throws dev.hardening.secrets.SecretsUnavailableException if the folder cannot be read or written
         */
        public DevelopmentAuthority build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            Path place = Objects.requireNonNull(folder);
            PrivateFile bundle = PrivateFile.at(place.resolve(BUNDLE));
            bundle.update(MAX_FILE, content -> content.isPresent() ? Optional.empty() : Optional.of(fresh().bytes()));
            AuthorityFile opened = opened(bundle);
            DevelopmentAuthority authority = new DevelopmentAuthority(opened, scope(opened, bundle), this);
            byte[] trusted = authority.certificatePem().getBytes(StandardCharsets.US_ASCII);
            PrivateFile.at(place.resolve(TRUSTED))
                    .update(
                            MAX_FILE,
                            content -> content.filter(bytes -> Arrays.equals(bytes, trusted))
                                            .isPresent()
                                    ? Optional.empty()
                                    : Optional.of(trusted));
            return authority;
        }

        /**
         * Opens the authority of the folder as {@link #build} does if there is one, and writes nothing.
         *
         * @return the authority, or empty if {@code build} would make one
         * @throws SecretsConfigurationException as {@code build} does
         * @throws dev.hardening.secrets.SecretsUnavailableException if the folder cannot be read
         */
        public Optional<DevelopmentAuthority> existing() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            PrivateFile bundle = PrivateFile.at(Objects.requireNonNull(folder).resolve(BUNDLE));
            if (bundle.read(MAX_FILE).isEmpty()) {
                return Optional.empty();
            }
            AuthorityFile opened = opened(bundle);
            return Optional.of(new DevelopmentAuthority(opened, scope(opened, bundle), this));
        }

        private AuthorityFile fresh() {
            if (nameless()) {
                throw new SecretsConfigurationException(
                        List.of("domains or addresses must be given, since " + folder + " holds no authority yet"));
            }
            return make(this);
        }

        private AuthorityFile opened(PrivateFile bundle) {
            AuthorityFile opened =
                    bundle.read(MAX_FILE).flatMap(AuthorityFile::read).orElseThrow(() -> refused(bundle, "is damaged"));
            Instant end = opened.issuer().getNotAfter().toInstant();
            if (!now(clock).isBefore(end)) {
                throw refused(bundle, "expired at " + end);
            }
            return opened;
        }

        private Scope scope(AuthorityFile opened, PrivateFile bundle) {
            byte[] stored = opened.issuer().getExtensionValue(Extension.nameConstraints.getId());
            if (stored == null) {
                throw refused(bundle, "is damaged");
            }
            NameConstraints constraints = NameConstraints.getInstance(
                    ASN1OctetString.getInstance(stored).getOctets());
            if (nameless()) {
                return Scope.of(constraints).orElseThrow(() -> refused(bundle, "is damaged"));
            }
            Scope asked = scope();
            if (!constraints.toASN1Primitive().equals(asked.constraints().toASN1Primitive())) {
                throw refused(bundle, "is for other names than " + asked);
            }
            return asked;
        }

        private boolean nameless() {
            return domains.isEmpty() && addresses.isEmpty();
        }

        private static SecretsConfigurationException refused(PrivateFile bundle, String fault) {
            return new SecretsConfigurationException(List.of("the authority in " + bundle.path() + " " + fault
                    + "; remove it to make a new one, which clients must be told to trust"));
        }

        private Scope scope() {
            return new Scope(new TreeSet<>(domains), new TreeSet<>(addresses));
        }

        /**
         * Tells what {@link #build} would refuse of what was given, without a look at the folder.
         *
         * @return the faults, of which {@code build} would tell all at once; empty if there is none
         */
        public List<String> faults() {
            List<String> faults = new ArrayList<>();
            if (folder == null) {
                faults.add("folder is missing");
                if (nameless()) {
                    faults.add("domains or addresses must be given");
                }
            }
            domains.forEach(name -> fault(name, Scope.domain(name), anyName || Scope.reserved(name), "domain")
                    .ifPresent(faults::add));
            addresses.forEach(text -> {
                boolean valid = Scope.address(text);
                fault(text, valid, anyName || (valid && Scope.internal(text)), "address")
                        .ifPresent(faults::add);
            });
            if (lifetime.compareTo(Duration.ofDays(1)) < 0 || lifetime.compareTo(LONGEST) > 0) {
                faults.add("lifetime must be 1 to 3650 days, got " + lifetime);
            }
            return faults;
        }

        private static Optional<String> fault(String text, boolean valid, boolean allowed, String kind) {
            if (!valid) {
                return Optional.of(kind + " must be a plain " + kind + ", got \"" + text + "\"");
            }
            return allowed
                    ? Optional.empty()
                    : Optional.of(kind + " \"" + text + "\" may belong to somebody; allowAnyName takes it anyway");
        }
    }
}

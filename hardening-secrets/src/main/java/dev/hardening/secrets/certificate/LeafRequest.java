package dev.hardening.secrets.certificate;

import dev.hardening.secrets.SecretsConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;

/** Collects what a server's certificate says; not safe for many threads. */
public final class LeafRequest {
    private static final Duration LONGEST = Duration.ofDays(90);
    private static final int LONGEST_COMMON_NAME = 64;
    private static final String NAMELESS = "development server";

    private final DevelopmentAuthority authority;
    private final List<String> names = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();
    private Duration lifetime = LONGEST;
    private LeafKey key = LeafKey.EC_P256;

    LeafRequest(DevelopmentAuthority authority) {
        this.authority = authority;
    }

    /**
     * Adds a DNS name; the first is the common name too, if it has at most 64 characters.
     *
     * @param name within a domain of the authority, lower case; {@code *.} may stand before it
     * @return this builder
     */
    public LeafRequest name(String name) {
        names.add(Objects.requireNonNull(name, "name"));
        return this;
    }

    /**
     * Adds an address.
     *
     * @param address one of the authority's
     * @return this builder
     */
    public LeafRequest address(String address) {
        addresses.add(Objects.requireNonNull(address, "address"));
        return this;
    }

    /**
     * Says how long it is valid; 90 days if not called.
     *
     * @param validity 1 s to 90 days
     * @return this builder
     */
    public LeafRequest lifetime(Duration validity) {
        lifetime = Objects.requireNonNull(validity, "validity");
        return this;
    }

    /**
     * Says what key it gets; P-256 if not called.
     *
     * @param kind the kind of key
     * @return this builder
     */
    public LeafRequest key(LeafKey kind) {
        key = Objects.requireNonNull(kind, "kind");
        return this;
    }

    /**
     * Makes a key and its certificate.
     *
     * @return both; nothing is written yet
     * @throws SecretsConfigurationException with every fault: a name that is not the authority's, a longer
     *     validity, an authority that ends before
     */
    public IssuedCertificate issue() {
        return authority.issue(this);
    }

    List<String> faults(Scope scope) {
        List<String> faults = new ArrayList<>();
        if (names.isEmpty() && addresses.isEmpty()) {
            faults.add("name or address must be given");
        }
        names.stream()
                .filter(name -> !scope.covers(name))
                .forEach(name -> faults.add("the authority is for " + scope + " only, got \"" + name + "\""));
        addresses.stream()
                .filter(address -> !scope.coversAddress(address))
                .forEach(address -> faults.add("the authority is for " + scope + " only, got \"" + address + "\""));
        if (lifetime.compareTo(Duration.ofSeconds(1)) < 0 || lifetime.compareTo(LONGEST) > 0) {
            faults.add("lifetime must be 1 s to 90 days, got " + lifetime);
        }
        return faults;
    }

    /** Not an address: OpenSSL takes a common name that could be a DNS name for one and wants it permitted. */
    String commonName() {
        return names.isEmpty() || names.get(0).length() > LONGEST_COMMON_NAME ? NAMELESS : names.get(0);
    }

    int usage() {
        return key == LeafKey.RSA_3072
                ? KeyUsage.digitalSignature | KeyUsage.keyEncipherment
                : KeyUsage.digitalSignature;
    }

    Duration lifetime() {
        return lifetime;
    }

    LeafKey key() {
        return key;
    }

    GeneralNames alternatives() {
        return Scope.alternatives(names, addresses);
    }
}

package dev.hardening.secrets.certificate;

import dev.hardening.secrets.SecretsConfigurationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/** Collects what a server's certificate says; not safe for many threads. */
public final class LeafRequest {
    private static final Duration LONGEST = Duration.ofDays(90);
    private static final int LONGEST_COMMON_NAME = 64;
    private static final String NAMELESS = "development server";

    private final DevelopmentAuthority authority;
    private final List<String> names = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();
    private @Nullable Duration lifetime;
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
     * Says for how long from now on it is valid. If not called: 90 days, or until the authority ends if that is sooner.
     * It is valid for a few minutes of the past too, for clocks that are slow, and for no more than 90 days in all.
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
        if (lifetime != null && (lifetime.compareTo(Duration.ofSeconds(1)) < 0 || lifetime.compareTo(LONGEST) > 0)) {
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

    /** Past the last moment of the authority only if such a lifetime was asked for. */
    Instant end(Instant now, Instant from, Instant last) {
        Instant latest = from.plus(LONGEST);
        if (lifetime == null) {
            return latest.isBefore(last) ? latest : last;
        }
        Instant asked = now.plus(lifetime);
        return asked.isBefore(latest) ? asked : latest;
    }

    LeafKey key() {
        return key;
    }

    GeneralNames alternatives() {
        return Scope.alternatives(names, addresses);
    }
}

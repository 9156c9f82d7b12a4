package dev.hardening.secrets.certificate;

import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.util.IPAddress;
import org.jspecify.annotations.Nullable;

/**
 * For which names and addresses an authority may speak (RFC 5280, section 4.2.1.10).
 *
 * <p>A kind of name that stands in no subtree is not constrained at all; so where no domain is
 * permitted, one is that nobody has, and where no address is permitted, all are excluded. Addresses are one kind: a
 * permitted one of either length shuts out all others. Mail addresses and URIs may only be of a host that nobody has;
 * no subtree could exclude them all that OpenSSL and Java read alike. Names of directories stay open, since some
 * programs refuse a chain whose constraints mention them (docs/adr/0092).
 */
record Scope(Set<String> domains, Set<String> addresses) {
    private static final Pattern DOMAIN =
            Pattern.compile("(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern DOTTED = Pattern.compile("[0-9.]+");
    /** Names that nobody can own (RFC 2606, RFC 6761, RFC 6762, RFC 8375). */
    private static final Set<String> RESERVED =
            Set.of("localhost", "test", "example", "invalid", "local", "internal", "home.arpa");

    private static final String NOBODY = "invalid";
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    Scope {
        domains = new TreeSet<>(domains);
        addresses = new TreeSet<>(addresses);
    }

    static boolean domain(String name) {
        return DOMAIN.matcher(name).matches() && !DOTTED.matcher(name).matches();
    }

    static boolean address(String text) {
        return IPAddress.isValid(text);
    }

    static boolean reserved(String domain) {
        return RESERVED.stream().anyMatch(reserved -> within(domain, reserved));
    }

    /** Loopback, private and link-local addresses. */
    static boolean internal(String address) {
        byte[] bytes = octets(address);
        int first = bytes[0] & 0xFF;
        int second = bytes[1] & 0xFF;
        if (bytes.length == IPV4_BYTES) {
            return first == 127
                    || first == 10
                    || (first == 172 && (second & 0xF0) == 16)
                    || (first == 192 && second == 168)
                    || (first == 169 && second == 254);
        }
        boolean loopback = Arrays.equals(bytes, octets("::1"));
        return loopback || (first & 0xFE) == 0xFC || (first == 0xFE && (second & 0xC0) == 0x80);
    }

    /** Whether a certificate for that DNS name may be made; a wildcard is as its domain. */
    boolean covers(String name) {
        String plain = name.startsWith("*.") ? name.substring(2) : name;
        return domain(plain) && domains.stream().anyMatch(permitted -> within(plain, permitted));
    }

    boolean coversAddress(String text) {
        return address(text)
                && addresses.stream().anyMatch(permitted -> Arrays.equals(octets(permitted), octets(text)));
    }

    /** What {@link #constraints} wrote; empty if something else stands there. */
    static Optional<Scope> of(NameConstraints constraints) {
        Set<String> domains = new TreeSet<>();
        Set<String> addresses = new TreeSet<>();
        for (GeneralSubtree permitted : subtrees(constraints.getPermittedSubtrees())) {
            GeneralName name = permitted.getBase();
            if (name.getTagNo() == GeneralName.dNSName) {
                domains.add(name.getName().toString());
            } else if (name.getTagNo() == GeneralName.iPAddress) {
                byte[] both = ASN1OctetString.getInstance(name.getName()).getOctets();
                if (both.length != 2 * IPV4_BYTES && both.length != 2 * IPV6_BYTES) {
                    return Optional.empty();
                }
                addresses.add(text(Arrays.copyOf(both, both.length / 2)));
            }
        }
        boolean nobody = domains.equals(Set.of(NOBODY)) && !addresses.isEmpty();
        Scope scope = new Scope(nobody ? Set.of() : domains, addresses);
        return same(scope.constraints(), constraints) ? Optional.of(scope) : Optional.empty();
    }

    /** In any order: addresses are sorted as they are spelled, and those that are read are spelled in full. */
    private static boolean same(NameConstraints one, NameConstraints other) {
        return subtrees(one.getPermittedSubtrees()).equals(subtrees(other.getPermittedSubtrees()))
                && subtrees(one.getExcludedSubtrees()).equals(subtrees(other.getExcludedSubtrees()));
    }

    private static Set<GeneralSubtree> subtrees(GeneralSubtree @Nullable [] subtrees) {
        return subtrees == null ? Set.of() : new LinkedHashSet<>(Arrays.asList(subtrees));
    }

    private static String text(byte[] octets) {
        try {
            // Not by the general one, which takes an IPv4 address out of an IPv6 one.
            return octets.length == IPV6_BYTES
                    ? Inet6Address.getByAddress(null, octets, -1).getHostAddress()
                    : InetAddress.getByAddress(octets).getHostAddress();
        } catch (UnknownHostException odd) {
            return "";
        }
    }

    private static boolean within(String inner, String outer) {
        return inner.equals(outer) || inner.endsWith("." + outer);
    }

    NameConstraints constraints() {
        List<GeneralSubtree> permitted = new ArrayList<>();
        Set<String> names = domains.isEmpty() ? Set.of(NOBODY) : domains;
        names.forEach(name -> permitted.add(subtree(new GeneralName(GeneralName.dNSName, name))));
        addresses.forEach(address -> permitted.add(subtree(only(octets(address)))));
        permitted.add(subtree(new GeneralName(GeneralName.rfc822Name, NOBODY)));
        permitted.add(subtree(new GeneralName(GeneralName.uniformResourceIdentifier, NOBODY)));
        return new NameConstraints(
                permitted.toArray(new GeneralSubtree[0]), addresses.isEmpty() ? everyAddress() : null);
    }

    /** IPv4 first: Java's validator takes any address for a part of it, and fails on the other alone. */
    private static GeneralSubtree[] everyAddress() {
        return new GeneralSubtree[] {everyAddress(IPV4_BYTES), everyAddress(IPV6_BYTES)};
    }

    private static GeneralSubtree everyAddress(int bytes) {
        return subtree(new GeneralName(GeneralName.iPAddress, new DEROctetString(new byte[2 * bytes])));
    }

    static GeneralNames alternatives(List<String> names, List<String> addresses) {
        List<GeneralName> all = new ArrayList<>();
        names.forEach(name -> all.add(new GeneralName(GeneralName.dNSName, name)));
        addresses.forEach(address -> all.add(new GeneralName(GeneralName.iPAddress, address)));
        return new GeneralNames(all.toArray(new GeneralName[0]));
    }

    /** One address: all bits of the mask are set. */
    private static GeneralName only(byte[] address) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(address);
        byte[] mask = new byte[address.length];
        Arrays.fill(mask, (byte) 0xFF);
        both.writeBytes(mask);
        return new GeneralName(GeneralName.iPAddress, new DEROctetString(both.toByteArray()));
    }

    private static GeneralSubtree subtree(GeneralName name) {
        return new GeneralSubtree(name);
    }

    private static byte[] octets(String address) {
        return ASN1OctetString.getInstance(new GeneralName(GeneralName.iPAddress, address).getName())
                .getOctets();
    }

    @Override
    public String toString() {
        return Stream.concat(domains.stream(), addresses.stream()).collect(Collectors.joining(", "));
    }
}

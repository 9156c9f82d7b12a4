package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lists the networks of the proxies whose word on the client's address counts.
 *
 * <p>Nobody is trusted unless named; trusting everybody (a {@code /0}) is refused, because then every client chooses
 * his own address. Immutable.
 */
public final class TrustedProxies {
    private final List<Network> networks;

    private TrustedProxies(List<Network> networks) {
        this.networks = networks;
    }

    /**
     * Trusts nobody: the peer of the connection is the client.
     *
     * @return an empty list
     */
    public static TrustedProxies none() {
        return new TrustedProxies(List.of());
    }

    /**
     * Trusts these networks.
     *
     * @param cidrs addresses or networks, for example {@code 10.0.0.0/8} or {@code fd00::/8}; literals only
     * @return the list
     * @throws RateLimitConfigurationException with every entry that is not a network or is all of them
     */
    public static TrustedProxies of(String... cidrs) {
        List<Network> networks = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (String cidr : cidrs) {
            Optional<Network> network = Network.parse(cidr.strip());
            network.ifPresentOrElse(
                    networks::add,
                    () -> faults.add("a trusted proxy must be an address or a network with at least 1 bit, got \""
                            + cidr + '"'));
        }
        if (!faults.isEmpty()) {
            throw new RateLimitConfigurationException(faults);
        }
        return new TrustedProxies(List.copyOf(networks));
    }

    /**
     * Tells whether nobody is trusted.
     *
     * @return whether the list is empty
     */
    public boolean isEmpty() {
        return networks.isEmpty();
    }

    /**
     * Tells whether an address belongs to a trusted proxy.
     *
     * @param address an IPv4 or IPv6 literal, the latter also in brackets; anything else is not trusted
     * @return whether one of the networks holds it
     */
    public boolean trusts(String address) {
        return IpAddress.ofPeer(address).filter(this::trusts).isPresent();
    }

    boolean trusts(IpAddress address) {
        for (Network network : networks) {
            if (address.agrees(network.address, network.bits)) {
                return true;
            }
        }
        return false;
    }

    private record Network(IpAddress address, int bits) {
        private static final int MAPPED_BITS = 96;

        private static Optional<Network> parse(String cidr) {
            int slash = cidr.indexOf('/');
            String literal = slash < 0 ? cidr : cidr.substring(0, slash);
            return IpAddress.parse(literal)
                    .map(address ->
                            new Network(address, bits(address, literal, slash < 0 ? "" : cidr.substring(slash))))
                    .filter(network -> network.bits >= 1 && network.bits <= network.address.bits());
        }

        private static int bits(IpAddress address, String literal, String suffix) {
            if (suffix.isEmpty()) {
                return address.bits();
            }
            if (!suffix.matches("/[0-9]{1,3}")) {
                return -1;
            }
            boolean mapped = address.isIpv4() && literal.indexOf(':') >= 0;
            return Integer.parseInt(suffix.substring(1)) - (mapped ? MAPPED_BITS : 0);
        }
    }
}

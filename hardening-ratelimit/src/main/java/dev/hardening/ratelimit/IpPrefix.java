package dev.hardening.ratelimit;

import java.util.Optional;

/**
 * Says how many leading bits of an address make one client.
 *
 * <p>One IPv6 subscriber holds at least a /64, so a longer prefix is a limit that anybody walks around by taking the
 * next address; it is refused. A whole school may sit behind one IPv4 address: give such limits room.
 *
 * @param ipv4Bits 8 to 32, or 0 for no key where the address is IPv4
 * @param ipv6Bits 16 to 64, or 0 for no key where the address is IPv6
 */
public record IpPrefix(int ipv4Bits, int ipv6Bits) {
    private static final IpPrefix STANDARD = new IpPrefix(32, 64);

    /**
     * Checks the figures.
     *
     * @param ipv4Bits leading bits of an IPv4 address
     * @param ipv6Bits leading bits of an IPv6 address
     * @throws IllegalArgumentException if one is out of range or both are 0
     */
    public IpPrefix {
        if (ipv4Bits != 0 && (ipv4Bits < 8 || ipv4Bits > 32)) {
            throw new IllegalArgumentException("ipv4Bits must be 8 to 32, or 0, got " + ipv4Bits);
        }
        if (ipv6Bits != 0 && (ipv6Bits < 16 || ipv6Bits > 64)) {
            throw new IllegalArgumentException("ipv6Bits must be 16 to 64, or 0, got " + ipv6Bits);
        }
        if (ipv4Bits == 0 && ipv6Bits == 0) {
            throw new IllegalArgumentException("one of ipv4Bits and ipv6Bits must be set");
        }
    }

    /**
     * Takes a whole IPv4 address and an IPv6 /64.
     *
     * @return /32 and /64
     */
    public static IpPrefix standard() {
        return STANDARD;
    }

    /**
     * Has a key for IPv4 alone, for limits that differ between the families.
     *
     * @param bits 8 to 32
     * @return the prefix
     */
    public static IpPrefix ipv4Only(int bits) {
        return new IpPrefix(bits, 0);
    }

    /**
     * Has a key for IPv6 alone.
     *
     * @param bits 16 to 64
     * @return the prefix
     */
    public static IpPrefix ipv6Only(int bits) {
        return new IpPrefix(0, bits);
    }

    Optional<String> network(String address) {
        if (ipv4Bits == IpAddress.IPV4_BITS && IpAddress.isDotted(address)) {
            return Optional.of(address + "/32");
        }
        return IpAddress.ofPeer(address).flatMap(this::network);
    }

    private Optional<String> network(IpAddress address) {
        IpAddress counted = address.counted();
        int bits = counted.isIpv4() ? ipv4Bits : ipv6Bits;
        return bits == 0 ? Optional.empty() : Optional.of(counted.cut(bits).text() + '/' + bits);
    }
}

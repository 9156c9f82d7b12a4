package dev.hardening.ratelimit;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the address of the client behind trusted proxies.
 *
 * <p>Starts at the peer of the connection. While the hop is a trusted proxy, it takes that hop's word: the header is
 * read from the right, the end that trusted proxies write. The first hop that is not trusted is the client; whatever
 * stands to the left of it, the client wrote himself. An entry that is not a literal address ends the walk at the last
 * trusted hop. Names are never resolved; at most 32 hops and 4 KiB are read; only the one configured header is read.
 *
 * <p>Immutable; no I/O.
 */
public final class ClientIpResolver {
    private static final int MOST_HOPS = 32;

    private final TrustedProxies proxies;
    private final Source source;

    private ClientIpResolver(TrustedProxies proxies, Source source) {
        this.proxies = Objects.requireNonNull(proxies, "proxies");
        this.source = source;
    }

    /**
     * Takes the peer of the connection and reads no header.
     *
     * @return the resolver for a server without a proxy in front
     */
    public static ClientIpResolver peerOnly() {
        return new ClientIpResolver(TrustedProxies.none(), Source.PEER);
    }

    /**
     * Reads {@code X-Forwarded-For} where the peer is trusted.
     *
     * @param proxies whose word counts
     * @return the resolver
     */
    public static ClientIpResolver xForwardedFor(TrustedProxies proxies) {
        return new ClientIpResolver(proxies, Source.X_FORWARDED_FOR);
    }

    /**
     * Reads {@code Forwarded} (RFC 7239) where the peer is trusted.
     *
     * @param proxies whose word counts
     * @return the resolver
     */
    public static ClientIpResolver forwarded(TrustedProxies proxies) {
        return new ClientIpResolver(proxies, Source.FORWARDED);
    }

    /**
     * Names the header to read.
     *
     * @return the field name, or empty if none is read
     */
    public Optional<String> headerName() {
        return switch (source) {
            case PEER -> Optional.empty();
            case X_FORWARDED_FOR -> Optional.of("X-Forwarded-For");
            case FORWARDED -> Optional.of("Forwarded");
        };
    }

    /**
     * Finds the client.
     *
     * @param peer the address at the other end of the connection, as the server spells it: some put IPv6 into brackets,
     *     some have none once the connection is gone
     * @param lines every line of the header {@link #headerName}, in the order received
     * @return one spelling for each address; {@code peer} unchanged if that is not an address at all, empty if
     *     there is none
     */
    @SuppressWarnings("exports") // an annotation alone, which callers compile without: docs/adr/0075
    public String resolve(@Nullable String peer, List<String> lines) {
        Objects.requireNonNull(lines, "lines");
        if (peer == null) {
            return "";
        }
        return IpAddress.ofPeer(peer)
                .map(address -> walk(address, lines).text())
                .orElse(peer);
    }

    private IpAddress walk(IpAddress peer, List<String> lines) {
        IpAddress hop = peer;
        HopReader hops = new HopReader(lines, source == Source.FORWARDED);
        for (int count = 0; count < MOST_HOPS && source != Source.PEER && proxies.trusts(hop); count++) {
            Optional<IpAddress> next = hops.next().flatMap(this::address);
            if (next.isEmpty()) {
                return hop;
            }
            hop = next.get();
        }
        return hop;
    }

    private Optional<IpAddress> address(String entry) {
        return source == Source.FORWARDED ? forwardedFor(entry).flatMap(ClientIpResolver::node) : node(entry.strip());
    }

    /** The value of {@code for} in one element, if the element is well formed and has exactly one. */
    private static Optional<String> forwardedFor(String element) {
        Optional<String> found = Optional.empty();
        for (String pair : element.split(";", -1)) {
            int equals = pair.indexOf('=');
            boolean wanted = equals > 0
                    && pair.substring(0, equals)
                            .strip()
                            .toLowerCase(Locale.ROOT)
                            .equals("for");
            if (wanted && found.isPresent()) {
                return Optional.empty();
            }
            found = wanted ? unquoted(pair.substring(equals + 1).strip()) : found;
        }
        return found;
    }

    private static Optional<String> unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        String inner = quoted ? value.substring(1, value.length() - 1) : value;
        // A token may hold neither colon nor bracket (RFC 7239, section 4), so only quotes may hold an IPv6 address.
        boolean plain = inner.indexOf('"') < 0 && inner.indexOf('\\') < 0;
        return plain && (quoted || inner.indexOf(':') < 0) ? Optional.of(inner) : Optional.empty();
    }

    /** An address with or without a port, IPv6 in brackets where there is one. */
    private static Optional<IpAddress> node(String text) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            int colon = text.indexOf(':');
            boolean good = colon > 0 && colon < end && isPort(text.substring(end + 1));
            return good ? IpAddress.parse(text.substring(1, end)) : Optional.empty();
        }
        int colon = text.indexOf(':');
        boolean port = colon >= 0 && colon == text.lastIndexOf(':');
        if (!port) {
            return IpAddress.parse(text);
        }
        return isPort(text.substring(colon)) ? IpAddress.parse(text.substring(0, colon)) : Optional.empty();
    }

    private static boolean isPort(String suffix) {
        return suffix.isEmpty() || suffix.matches(":[0-9]{1,5}");
    }

    private enum Source {
        PEER,
        X_FORWARDED_FOR,
        FORWARDED
    }
}

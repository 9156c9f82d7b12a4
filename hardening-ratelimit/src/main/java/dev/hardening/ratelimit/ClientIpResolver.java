package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the address of the client behind trusted proxies.
 *
 * <p>Starts at the peer of the connection. While the hop is a trusted proxy, it takes that hop's word: the header is
 * read from the right, the end that trusted proxies write. The first hop that is not trusted is the client; whatever
 * stands to the left of it, the client wrote himself. An entry that is not a literal address ends the walk at the last
 * trusted hop. Names are never resolved; at most 32 hops and 4 KiB are read; only the one configured header is read.
 *
 * <p>What it does not believe it counts ({@link #ignored}), since a proxy that is missing from the list makes one client
 * of all. Safe for many threads; no I/O.
 */
public final class ClientIpResolver {
    private static final Logger LOG = LoggerFactory.getLogger(ClientIpResolver.class);
    private static final Pattern PORT = Pattern.compile(":([0-9]{1,5}|_[A-Za-z0-9._-]{1,64})");
    private static final int MOST_HOPS = 32;
    private static final TrustedProxies PRIVATE = TrustedProxies.of(
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1",
            "fc00::/7",
            "fe80::/10");

    private final TrustedProxies proxies;
    private final Source source;
    private final LongAdder fromPrivatePeers = new LongAdder();
    private final LongAdder fromPublicPeers = new LongAdder();
    private final LongAdder unreadable = new LongAdder();
    private final AtomicBoolean warned = new AtomicBoolean();

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

    /**
     * Counts what was not believed, for a meter or a readiness probe.
     *
     * @return the counts since this resolver was made
     */
    public Ignored ignored() {
        return new Ignored(fromPrivatePeers.sum(), fromPublicPeers.sum(), unreadable.sum());
    }

    /**
     * Says how often a resolver had something to read and did not believe it.
     *
     * @param fromPrivatePeers headers from a peer in a private network that is not trusted: almost certainly a proxy that
     *     is missing from {@link TrustedProxies}, so that everybody behind it counts as one client
     * @param fromPublicPeers headers from a peer in a public network that is not trusted: a proxy that is missing, or
     *     clients that try to choose their address
     * @param unreadable entries that a trusted proxy wrote and that are not literal addresses
     */
    public record Ignored(long fromPrivatePeers, long fromPublicPeers, long unreadable) {}

    private IpAddress walk(IpAddress peer, List<String> lines) {
        if (source == Source.PEER || !proxies.trusts(peer)) {
            ignore(peer, lines);
            return peer;
        }
        IpAddress hop = peer;
        HopReader hops = new HopReader(lines, source == Source.FORWARDED);
        for (int count = 0; count < MOST_HOPS && proxies.trusts(hop); count++) {
            Optional<String> entry = hops.next();
            Optional<IpAddress> next = entry.flatMap(this::address);
            if (next.isEmpty()) {
                unreadable.add(entry.isPresent() ? 1 : 0);
                return hop;
            }
            hop = next.get();
        }
        return hop;
    }

    private void ignore(IpAddress peer, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        boolean local = PRIVATE.trusts(peer);
        (local ? fromPrivatePeers : fromPublicPeers).increment();
        if (local && warned.compareAndSet(false, true)) {
            LOG.warn("a peer in a private network sends a forwarding header and is not a trusted proxy; if it is one,"
                    + " all of its clients count as one until it is listed");
        }
    }

    private Optional<IpAddress> address(String entry) {
        return source == Source.FORWARDED ? forwardedFor(entry).flatMap(ClientIpResolver::node) : node(entry.strip());
    }

    /** The value of {@code for} in one element, if the element is well formed and has exactly one. */
    private static Optional<String> forwardedFor(String element) {
        Optional<String> found = Optional.empty();
        for (String pair : pairs(element)) {
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

    /** Divides at semicolons outside of quotes: what a client sends as Host comes back between quotes. */
    private static List<String> pairs(String element) {
        List<String> pairs = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int index = 0; index < element.length(); index++) {
            char character = element.charAt(index);
            if (quoted && character == '\\') {
                index++;
            } else if (character == '"') {
                quoted = !quoted;
            } else if (character == ';' && !quoted) {
                pairs.add(element.substring(start, index));
                start = index + 1;
            }
        }
        pairs.add(element.substring(start));
        return quoted ? List.of() : pairs;
    }

    private static Optional<String> unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        String inner = quoted ? value.substring(1, value.length() - 1) : value;
        // A token may hold neither colon nor bracket (RFC 7239, section 4), so only quotes may hold an IPv6 address.
        boolean plain = inner.indexOf('"') < 0 && inner.indexOf('\\') < 0;
        return plain && (quoted || inner.indexOf(':') < 0) ? Optional.of(inner) : Optional.empty();
    }

    /** An address with or without a port, which may be an obfuscated one; IPv6 in brackets where there is one. */
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
        return suffix.isEmpty() || PORT.matcher(suffix).matches();
    }

    private enum Source {
        PEER,
        X_FORWARDED_FOR,
        FORWARDED
    }
}

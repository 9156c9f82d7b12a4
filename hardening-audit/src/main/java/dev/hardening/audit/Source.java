package dev.hardening.audit;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says where a request came from.
 *
 * <p>The peer address is what the socket saw and cannot be forged by a header; the client address is what was made of it
 * and of the word of trusted proxies, and is kept beside it. Who knows only the latter names no peer. Immutable.
 */
public final class Source {
    private final @Nullable String peer;
    private final @Nullable String client;
    private final @Nullable String userAgent;

    private Source(@Nullable String peer, @Nullable String client, @Nullable String userAgent) {
        this.peer = peer;
        this.client = client;
        this.userAgent = userAgent;
    }

    /**
     * Starts with the address of the socket's other end.
     *
     * @param peer the address as text
     * @return the source
     */
    public static Source of(String peer) {
        return new Source(Objects.requireNonNull(peer, "peer"), null, null);
    }

    /**
     * Starts with the client address where the socket's is not known.
     *
     * @param address as resolved by {@code ClientIpResolver}
     * @return a source without a peer
     */
    public static Source ofClient(String address) {
        return new Source(null, Objects.requireNonNull(address, "address"), null);
    }

    /**
     * Adds the client address that a trusted proxy reported.
     *
     * @param address as resolved by {@code ClientIpResolver}
     * @return a source with this address
     */
    public Source client(String address) {
        return new Source(peer, Objects.requireNonNull(address, "address"), userAgent);
    }

    /**
     * Adds what the client says it is.
     *
     * @param text the {@code User-Agent} header
     * @return a source with the text
     */
    public Source userAgent(String text) {
        return new Source(peer, client, Objects.requireNonNull(text, "text"));
    }

    /**
     * Reads the address of the socket's other end.
     *
     * @return the address as text, or empty where only the client's is known
     */
    public Optional<String> peer() {
        return Optional.ofNullable(peer);
    }

    /**
     * Reads the client address as it was resolved.
     *
     * @return the address, or empty where only the peer's is known
     */
    public Optional<String> client() {
        return Optional.ofNullable(client);
    }

    /**
     * Reads what the client says it is.
     *
     * @return the text, or empty where none was sent
     */
    public Optional<String> userAgent() {
        return Optional.ofNullable(userAgent);
    }
}

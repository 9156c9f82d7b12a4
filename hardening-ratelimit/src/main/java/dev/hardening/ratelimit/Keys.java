package dev.hardening.ratelimit;

import dev.hardening.ratelimit.KeySpec.Origin;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Makes the keys that policies count by. */
public final class Keys {
    private static final Pattern DIMENSION = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

    private Keys() {}

    /**
     * Counts per user.
     *
     * @return the key {@link RequestFacts#userId()}
     */
    public static KeySpec user() {
        return KeySpec.part("user", RequestFacts::userId, Origin.OTHER);
    }

    /**
     * Counts per tenant.
     *
     * @return the key {@link RequestFacts#tenantId()}
     */
    public static KeySpec tenant() {
        return KeySpec.part("tenant", RequestFacts::tenantId, Origin.OTHER);
    }

    /**
     * Counts per API key, by its HMAC-SHA-256: no store, log or meter holds the key itself. Count by keys that are
     * proven, or whoever makes keys up gets a fresh bucket for each.
     *
     * @param key at least 32 random bytes, the same in all processes of an installation; copied
     * @return the key {@link RequestFacts#apiKey()}, as 22 characters
     * @throws IllegalArgumentException if the key is shorter than 32 bytes or one byte repeated
     */
    public static KeySpec apiKey(byte[] key) {
        ApiKeyDigest digest = ApiKeyDigest.keyed(key);
        return KeySpec.part("api-key", facts -> facts.apiKey().map(digest::of), Origin.OTHER);
    }

    /**
     * Counts per route template, never per raw path.
     *
     * @return the key {@link RequestFacts#route()}
     */
    public static KeySpec route() {
        return KeySpec.part("route", RequestFacts::route, Origin.ROUTE);
    }

    /**
     * Counts per IPv4 address and per IPv6 /64.
     *
     * @return the key with {@link IpPrefix#standard()}
     */
    public static KeySpec clientAddress() {
        return clientAddress(IpPrefix.standard());
    }

    /**
     * Counts per network the client comes from; the bits decide, not the spelling, and an address in the IPv6 form of
     * IPv4 is an IPv4 address. There is no key where the text is not an address or its family has no prefix.
     *
     * @param prefix how many bits make one client
     * @return the key {@link RequestFacts#clientAddress()}, cut to the prefix
     */
    public static KeySpec clientAddress(IpPrefix prefix) {
        Objects.requireNonNull(prefix, "prefix");
        Origin origin = prefix.ipv4Bits() == 0 ? Origin.OTHER : Origin.IPV4;
        return KeySpec.part("ip", facts -> facts.clientAddress().flatMap(prefix::network), origin);
    }

    /**
     * Counts per attribute of the request that the caller supplies, for example the account name of a form.
     *
     * @param attribute the attribute's name and the key's dimension, {@code [a-z][a-z0-9_-]{0,31}}
     * @return the key {@link RequestFacts#attribute(String)}
     */
    public static KeySpec attribute(String attribute) {
        return part(attribute, facts -> facts.attribute(attribute), Origin.CLAIM);
    }

    /**
     * Counts by whatever {@code reader} finds.
     *
     * @param dimension says what it is, {@code [a-z][a-z0-9_-]{0,31}}; different dimensions never share a bucket
     * @param reader must not block; what it throws reaches the caller of {@link RateLimiter#check}
     * @return the key
     */
    public static KeySpec custom(String dimension, Function<RequestFacts, Optional<String>> reader) {
        return part(dimension, Objects.requireNonNull(reader, "reader"), Origin.OTHER);
    }

    private static KeySpec part(String dimension, Function<RequestFacts, Optional<String>> reader, Origin origin) {
        Objects.requireNonNull(dimension, "dimension");
        if (!DIMENSION.matcher(dimension).matches()) {
            throw new IllegalArgumentException("dimension must match " + DIMENSION + ", got \"" + dimension + '"');
        }
        return KeySpec.part(dimension, reader, origin);
    }

    /**
     * Counts per combination; there is no key where one part has none.
     *
     * @param parts at least one, in the order in which they are written
     * @return the key of all parts
     */
    public static KeySpec all(KeySpec... parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException("parts must not be empty");
        }
        return KeySpec.all(List.of(parts));
    }
}

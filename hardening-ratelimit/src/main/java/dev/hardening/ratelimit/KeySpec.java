package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes from a request the key that a policy counts by; made by {@link Keys}.
 *
 * <p>Keys cannot be confused: each part carries its dimension and its length, and what is long or not plain ASCII is
 * replaced by its SHA-256. Immutable.
 */
public final class KeySpec {
    /** Stands for all requests that have no key; no value of a caller's is equal to it. */
    static final Object NOBODY = new Nobody();

    private static final int LONGEST_AS_IS = 64;

    private final String name;
    private final Function<RequestFacts, Optional<String>> reader;
    private final List<KeySpec> parts;
    private final Origin origin;

    private KeySpec(String name, Function<RequestFacts, Optional<String>> reader, List<KeySpec> parts, Origin origin) {
        this.name = name;
        this.reader = reader;
        this.parts = parts;
        this.origin = origin;
    }

    static KeySpec part(String dimension, Function<RequestFacts, Optional<String>> reader, Origin origin) {
        return new KeySpec(dimension, reader, List.of(), origin);
    }

    static KeySpec all(List<KeySpec> parts) {
        String name = parts.stream().map(KeySpec::name).collect(Collectors.joining("+"));
        return new KeySpec(name, facts -> Optional.empty(), List.copyOf(parts), Origin.OTHER);
    }

    /**
     * Names the dimensions, for messages.
     *
     * @return for example {@code tenant+user}
     */
    public String name() {
        return name;
    }

    /**
     * Reads the key of a request, as a store sees it.
     *
     * @param facts what is known about the request
     * @return printable ASCII, for example {@code user=2:u1;}, or empty where the request has no such key
     */
    public Optional<String> key(RequestFacts facts) {
        return Optional.ofNullable(find(facts)).map(this::text);
    }

    /**
     * The key as the heap keeps it, or null. Of one part it is the very string of the request, so that finding it costs
     * nothing; a long one is kept as its hash.
     */
    @Nullable
    Object find(RequestFacts facts) {
        if (parts.isEmpty()) {
            Optional<String> found = reader.apply(facts);
            if (found.isEmpty() || found.get().isEmpty()) {
                return null;
            }
            String text = found.get();
            return text.length() <= LONGEST_AS_IS ? text : new Hashed(KeyText.sha256(text));
        }
        List<Object> values = new ArrayList<>(parts.size());
        for (KeySpec part : parts) {
            Object value = part.find(facts);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return new CompositeKey(values);
    }

    /** The key as stores see it. */
    String text(Object found) {
        if (found instanceof CompositeKey key) {
            StringBuilder text = new StringBuilder();
            for (int index = 0; index < parts.size(); index++) {
                text.append(parts.get(index).text(key.part(index)));
            }
            return text.toString();
        }
        if (found instanceof Hashed hashed) {
            return KeyText.hashed(name, hashed.hash);
        }
        return found == NOBODY ? NOBODY.toString() : KeyText.part(name, (String) found);
    }

    /**
     * Prints the dimensions.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return name;
    }

    /** Whether callers can choose a part of it. */
    boolean claimed() {
        return origin == Origin.CLAIM || parts.stream().anyMatch(KeySpec::claimed);
    }

    /** Whether nothing but an IPv4 address tells callers apart. */
    boolean ipv4Alone() {
        return origin == Origin.IPV4
                || (parts.stream().anyMatch(KeySpec::ipv4Alone)
                        && parts.stream().allMatch(part -> part.ipv4Alone() || part.origin == Origin.ROUTE));
    }

    /** Where a part comes from, as far as that can be dangerous. */
    enum Origin {
        /** What the caller says. */
        CLAIM,
        /** His address, IPv4 among them. */
        IPV4,
        /** What is asked for, by whomever. */
        ROUTE,
        /** Anything else. */
        OTHER
    }

    /** What is too long to be kept. */
    private record Hashed(String hash) implements Comparable<Hashed> {
        @Override
        public int compareTo(Hashed other) {
            return hash.compareTo(other.hash);
        }
    }

    private static final class Nobody {
        @Override
        public String toString() {
            return "-";
        }
    }
}

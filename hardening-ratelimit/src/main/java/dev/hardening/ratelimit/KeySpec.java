package dev.hardening.ratelimit;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes from a request the key that a policy counts by; made by {@link Keys}.
 *
 * <p>Keys cannot be confused: each part carries its dimension and its length, and what is long or not plain ASCII is
 * replaced by its SHA-256. Immutable.
 */
public final class KeySpec {
    private final String name;
    private final Function<RequestFacts, Optional<String>> reader;

    private KeySpec(String name, Function<RequestFacts, Optional<String>> reader) {
        this.name = name;
        this.reader = reader;
    }

    static KeySpec part(String dimension, Function<RequestFacts, Optional<String>> reader) {
        return new KeySpec(
                dimension,
                facts ->
                        reader.apply(facts).filter(text -> !text.isEmpty()).map(text -> KeyText.part(dimension, text)));
    }

    static KeySpec all(List<KeySpec> parts) {
        String name = parts.stream().map(KeySpec::name).collect(Collectors.joining("+"));
        return new KeySpec(name, facts -> {
            StringBuilder key = new StringBuilder();
            for (KeySpec part : parts) {
                Optional<String> text = part.resolve(facts);
                if (text.isEmpty()) {
                    return Optional.empty();
                }
                key.append(text.get());
            }
            return Optional.of(key.toString());
        });
    }

    /**
     * Names the dimensions, for messages.
     *
     * @return for example {@code tenant+user}
     */
    public String name() {
        return name;
    }

    Optional<String> resolve(RequestFacts facts) {
        return Objects.requireNonNull(reader.apply(facts), "key");
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
}

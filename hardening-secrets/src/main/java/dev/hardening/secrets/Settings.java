package dev.hardening.secrets;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The values of a {@link Schema} that were accepted, each in its type.
 *
 * <p>Asking for a name that the schema does not know, or in another type than it says, is a mistake of the program and
 * ends in {@link IllegalArgumentException}. Asking for an optional value that is absent ends in
 * {@link IllegalStateException}; the {@code find} methods answer it with empty. Immutable; secrets in it are shared, and
 * closing one closes it for all. Prints names only.
 */
public final class Settings {
    private final Map<String, Class<?>> kinds;
    private final Map<String, Object> values;

    Settings(Map<String, Class<?>> kinds, Map<String, Object> values) {
        this.kinds = Map.copyOf(kinds);
        this.values = Map.copyOf(values);
    }

    /**
     * Tells whether a setting has a value, given or by default.
     *
     * @param name the variable
     * @return whether there is one
     */
    public boolean has(String name) {
        return find(name, kindOf(name)).isPresent();
    }

    /**
     * Gives a secret.
     *
     * @param name the variable
     * @return the secret, shared
     */
    public Secret secret(String name) {
        return value(name, Secret.class);
    }

    /**
     * Gives a secret that may be absent.
     *
     * @param name the variable
     * @return the secret, shared
     */
    public Optional<Secret> findSecret(String name) {
        return find(name, Secret.class);
    }

    /**
     * Gives a text.
     *
     * @param name the variable
     * @return the text
     */
    public String text(String name) {
        return value(name, String.class);
    }

    /**
     * Gives a text that may be absent.
     *
     * @param name the variable
     * @return the text
     */
    public Optional<String> findText(String name) {
        return find(name, String.class);
    }

    /**
     * Gives a port.
     *
     * @param name the variable
     * @return 0 to 65535
     */
    public int port(String name) {
        return value(name, Integer.class);
    }

    /**
     * Gives a port that may be absent.
     *
     * @param name the variable
     * @return 0 to 65535
     */
    public OptionalInt findPort(String name) {
        return find(name, Integer.class).map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }

    /**
     * Gives a number.
     *
     * @param name the variable
     * @return a number in the range of the schema
     */
    public long number(String name) {
        return value(name, Long.class);
    }

    /**
     * Gives a number that may be absent.
     *
     * @param name the variable
     * @return a number in the range of the schema
     */
    public OptionalLong findNumber(String name) {
        return find(name, Long.class).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /**
     * Gives a URI.
     *
     * @param name the variable
     * @return an absolute URI with one of the schemes of the schema
     */
    public URI uri(String name) {
        return value(name, URI.class);
    }

    /**
     * Gives a URI that may be absent.
     *
     * @param name the variable
     * @return an absolute URI with one of the schemes of the schema
     */
    public Optional<URI> findUri(String name) {
        return find(name, URI.class);
    }

    /**
     * Gives a length of time.
     *
     * @param name the variable
     * @return a duration in the range of the schema
     */
    public Duration duration(String name) {
        return value(name, Duration.class);
    }

    /**
     * Gives a length of time that may be absent.
     *
     * @param name the variable
     * @return a duration in the range of the schema
     */
    public Optional<Duration> findDuration(String name) {
        return find(name, Duration.class);
    }

    /**
     * Gives a choice.
     *
     * @param name the variable
     * @param type the enum of the schema
     * @param <E> the enum
     * @return the constant
     */
    public <E extends Enum<E>> E choice(String name, Class<E> type) {
        return value(name, type);
    }

    /**
     * Gives a choice that may be absent.
     *
     * @param name the variable
     * @param type the enum of the schema
     * @param <E> the enum
     * @return the constant
     */
    public <E extends Enum<E>> Optional<E> findChoice(String name, Class<E> type) {
        return find(name, type);
    }

    /**
     * Gives a flag.
     *
     * @param name the variable
     * @return whether it is {@code true}
     */
    public boolean flag(String name) {
        return value(name, Boolean.class);
    }

    /**
     * Gives a flag that may be absent.
     *
     * @param name the variable
     * @return whether it is {@code true}
     */
    public Optional<Boolean> findFlag(String name) {
        return find(name, Boolean.class);
    }

    /**
     * Gives a path.
     *
     * @param name the variable
     * @return an absolute path
     */
    public Path path(String name) {
        return value(name, Path.class);
    }

    /**
     * Gives a path that may be absent.
     *
     * @param name the variable
     * @return an absolute path
     */
    public Optional<Path> findPath(String name) {
        return find(name, Path.class);
    }

    /**
     * Prints the names of the settings.
     *
     * @return no value
     */
    @Override
    public String toString() {
        return "Settings" + kinds.keySet().stream().sorted().toList();
    }

    private <T> T value(String name, Class<T> type) {
        return find(name, type).orElseThrow(() -> new IllegalStateException(name + " is optional and not set"));
    }

    private <T> Optional<T> find(String name, Class<T> type) {
        Class<?> kind = kindOf(name);
        if (!kind.equals(type)) {
            throw new IllegalArgumentException(
                    name + " is of type " + kind.getSimpleName() + ", not " + type.getSimpleName());
        }
        return Optional.ofNullable(values.get(name)).map(type::cast);
    }

    private Class<?> kindOf(String name) {
        Class<?> kind = kinds.get(Objects.requireNonNull(name, "name"));
        if (kind == null) {
            throw new IllegalArgumentException(name + " is not in the schema");
        }
        return kind;
    }
}

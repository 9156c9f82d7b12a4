package dev.hardening.secrets;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where named values come from: the environment, an env file, a map, or one after the other.
 *
 * <p>A source answers with a {@link Secret} whatever the value is for, since it cannot know, and makes a new one each
 * time, which whoever asked closes. An empty value counts as absent. Sources are read at start; the ones made here are safe for many threads and do no I/O in {@link #find}.
 */
@FunctionalInterface
public interface SecretSource {
    /**
     * Looks a value up.
     *
     * @param name the variable, as in {@code JWT_SECRET}
     * @return a copy of the value, the caller's to close, or empty if this source has none or an empty one
     */
    Optional<Secret> find(String name);

    /**
     * Reads the environment of this process.
     *
     * @return a source over {@link System#getenv(String)}
     */
    static SecretSource environment() {
        return name -> secretOf(System.getenv(Objects.requireNonNull(name, "name")));
    }

    /**
     * Reads an env file once, now.
     *
     * @param file the file; where none exists the source is empty
     * @return a source over what the file says, which it holds as long as it is used itself
     * @throws SecretsConfigurationException if the file is not safe to trust or not well formed, see {@link EnvFile}
     * @throws SecretsUnavailableException if it cannot be read
     */
    static SecretSource envFile(Path file) {
        EnvFile read = EnvFile.open(file);
        return read::find;
    }

    /**
     * Serves a copy of a map, for tests and for values that another library has read.
     *
     * @param values value by name
     * @return a source over the copy
     */
    static SecretSource of(Map<String, String> values) {
        Map<String, String> copy = Map.copyOf(values);
        return name -> secretOf(copy.get(Objects.requireNonNull(name, "name")));
    }

    /**
     * Asks another source for what this one does not have.
     *
     * @param next asked second
     * @return both in that order
     */
    default SecretSource or(SecretSource next) {
        Objects.requireNonNull(next, "next");
        return name -> find(name).or(() -> next.find(name));
    }

    private static Optional<Secret> secretOf(@Nullable String value) {
        return value == null || value.isEmpty() ? Optional.empty() : Optional.of(Secret.of(value));
    }
}

package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Reads all secrets of one place, now; a {@link WatchedSource} does that again and again.
 *
 * <p>Implementations do I/O, bound what they read, and are called by one thread at a time. What the place does not give
 * whole is reported by an exception, never by fewer values.
 */
@FunctionalInterface
public interface SecretReader {
    /**
     * Reads everything.
     *
     * @return what is there now, a new reading each time and the caller's to close
     * @throws SecretsUnavailableException if the place cannot be read
     * @throws SecretsConfigurationException if the place is not safe to trust or not well formed
     */
    SecretReading read();

    /**
     * Reads another place too, for the names that this one does not have.
     *
     * <p>Both are read as one: if one of them fails, so does the whole, and no value of the second takes the place of one
     * that the first has lost.
     *
     * @param next asked second
     * @return a reader of both
     */
    default SecretReader or(SecretReader next) {
        Objects.requireNonNull(next, "next");
        return () -> SecretReading.both(this.read(), next);
    }

    /**
     * Reads the environment of this process, which never changes.
     *
     * @return a reader of {@link System#getenv()}
     */
    static SecretReader environment() {
        return () -> {
            SecretReading.Builder reading = SecretReading.builder();
            for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
                if (!variable.getValue().isEmpty()) {
                    reading.value(variable.getKey(), Secret.of(variable.getValue()));
                }
            }
            return reading.build();
        };
    }

    /**
     * Reads an env file by the rules of {@link dev.hardening.secrets.EnvFile}, also where Kubernetes mounts it; where no
     * file is, there are no values.
     *
     * @param file the file
     * @return its reader
     */
    static SecretReader envFile(Path file) {
        return new EnvFileReader(Objects.requireNonNull(file, "file"));
    }

    /**
     * Reads a folder with one file a secret, as Docker and Kubernetes mount it.
     *
     * @param folder such as {@code /run/secrets}
     * @return its reader; {@link SecretDirectory#builder} has more to choose
     */
    static SecretReader directory(Path folder) {
        return SecretDirectory.builder().folder(folder).build();
    }
}

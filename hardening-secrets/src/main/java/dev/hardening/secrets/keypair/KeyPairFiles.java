package dev.hardening.secrets.keypair;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.PlainFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * Writes a key pair into two files: the private half for its owner only, the public half for everybody.
 *
 * <p>The private half is a {@link PrivateFile}. A half that is there is never overwritten, neither the private nor the
 * public one, whose private half may be kept elsewhere; of two runs at the same time one writes both halves. The public
 * half is on disk first, so where a run ended midway there is no private half without its public one; a public half that
 * a crash left alone must be moved away before the next run.
 */
public final class KeyPairFiles {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final int LIMIT = 1 << 16;

    private final Path folder;
    private final String name;

    private KeyPairFiles(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /**
     * Names the two files.
     *
     * @param folder where they lie; it must exist, and nobody else may write it
     * @param name how their names begin: letters, digits, dashes and underscores, 64 at most
     * @return the handle; nothing is opened yet
     * @throws IllegalArgumentException if {@code name} is no such name
     */
    public static KeyPairFiles at(Path folder, String name) {
        Objects.requireNonNull(folder, "folder");
        if (!NAME.matcher(Objects.requireNonNull(name, "name")).matches()) {
            throw new IllegalArgumentException(
                    "name must be letters, digits, dashes and underscores, got \"" + name + "\"");
        }
        return new KeyPairFiles(folder.toAbsolutePath().normalize(), name);
    }

    /**
     * Writes {@code <name>.pem} (PKCS#8) and {@code <name>.pub.pem} (SubjectPublicKeyInfo).
     *
     * @param pair the pair
     * @return {@link Outcome.Written}, or {@link Outcome.Kept} if there is one of the files already
     * @throws SecretsConfigurationException if a file or the folder is not safe
     * @throws SecretsUnavailableException if they cannot be written
     */
    public Outcome writePem(MadeKeyPair pair) {
        try (Secret text = pair.privatePem()) {
            return write(".pem", text, ".pub.pem", pair.publicPem());
        }
    }

    /**
     * Writes {@code <name>.jwk} (the pair) and {@code <name>.pub.jwks} (a set of the public half).
     *
     * @param pair the pair
     * @return {@link Outcome.Written}, or {@link Outcome.Kept} if there is one of the files already
     * @throws SecretsConfigurationException if a file or the folder is not safe
     * @throws SecretsUnavailableException if they cannot be written
     */
    public Outcome writeJwk(MadeKeyPair pair) {
        try (Secret text = pair.privateJwk()) {
            return write(".jwk", text, ".pub.jwks", pair.publicJwkSet() + "\n");
        }
    }

    private Outcome write(String privateEnd, Secret privateText, String publicEnd, String publicText) {
        Path privateHalf = folder.resolve(name + privateEnd);
        Path publicHalf = folder.resolve(name + publicEnd);
        AtomicBoolean ours = new AtomicBoolean();
        boolean written;
        try {
            written = privateText.use(content -> PrivateFile.at(privateHalf).update(LIMIT, existing -> {
                existing.ifPresent(old -> Arrays.fill(old, (byte) 0));
                if (existing.isPresent() || published(publicHalf)) {
                    return Optional.empty();
                }
                publish(publicHalf, publicText);
                ours.set(true);
                return Optional.of(content);
            }));
        } catch (SecretsUnavailableException failure) {
            if (ours.get()) {
                withdraw(privateHalf, publicHalf, failure);
            }
            throw failure;
        }
        if (written) {
            return new Outcome.Written(privateHalf, publicHalf);
        }
        return new Outcome.Kept(there(privateHalf) ? privateHalf : publicHalf);
    }

    private static boolean there(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean published(Path publicHalf) {
        if (there(publicHalf) && !Files.isRegularFile(publicHalf, LinkOption.NOFOLLOW_LINKS)) {
            throw new SecretsConfigurationException(List.of(publicHalf + " is not a regular file; move it away"));
        }
        return there(publicHalf);
    }

    private static void publish(Path publicHalf, String text) {
        try {
            PlainFile.at(publicHalf).replace(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException failure) {
            throw new SecretsUnavailableException("cannot write " + publicHalf, failure);
        }
    }

    /** A private half may be there although its writing failed, if only its folder could not be forced to disk. */
    private static void withdraw(Path privateHalf, Path publicHalf, SecretsUnavailableException failure) {
        if (!there(privateHalf)) {
            try {
                Files.deleteIfExists(publicHalf);
            } catch (IOException left) {
                failure.addSuppressed(left);
            }
        }
    }

    /** What became of a pair that was to be written. */
    public sealed interface Outcome {
        /**
         * Both halves are on disk.
         *
         * @param privateHalf mode 0600
         * @param publicHalf mode 0644
         */
        record Written(Path privateHalf, Path publicHalf) implements Outcome {}

        /**
         * There was a file already; nothing was written. Move it away to replace it.
         *
         * @param file the file that is there: the private half, or the public one if that is alone
         */
        record Kept(Path file) implements Outcome {}
    }
}

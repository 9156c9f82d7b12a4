package dev.hardening.secrets.source;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * One file by its name, also where Kubernetes mounts it: there the name is a link by {@code ..data} to the version of
 * the day. A link that leaves the folder is refused. What the file itself must be is for its reader to say.
 */
final class MountedFile {
    static final String MOUNTED_BY_ITSELF = "is mounted by itself (a subPath or a bind mount of one file): that it is"
            + " replaced is never seen here; mount its folder";
    private static final int TRIES = 5;

    private final Path path;

    MountedFile(Path path) {
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    /** Reads the file the name stands for, again where the name stood for another one afterwards. */
    <T> T read(Function<Path, T> reader) {
        for (int tries = 1; tries <= TRIES; tries++) {
            Path before = target();
            try {
                T result = reader.apply(before);
                if (before.equals(target())) {
                    return result;
                }
            } catch (SecretsConfigurationException | SecretsUnavailableException failed) {
                if (before.equals(target())) {
                    throw failed;
                }
            }
        }
        throw new SecretsUnavailableException(path + " changed while it was read, " + TRIES + " times in a row");
    }

    void lookAtMount(MountTable mounts, SecretReading.Builder into) {
        if (mounts.isMountPoint(path)) {
            into.finding(path.toString(), "mounted-file", MOUNTED_BY_ITSELF);
        }
    }

    private Path target() {
        Path folder = path.getParent();
        if (folder == null || !Files.isSymbolicLink(path)) {
            return path;
        }
        try {
            Path real = path.toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw new SecretsConfigurationException(List.of(path + " is a link that leaves its folder"));
            }
            return real;
        } catch (NoSuchFileException dangling) {
            throw new SecretsUnavailableException(path + " is a link to a file that is not there", dangling);
        } catch (IOException failed) {
            throw new SecretsUnavailableException("cannot follow " + path, failed);
        }
    }
}

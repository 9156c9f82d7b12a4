package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A file that is to appear whole, and only where nothing is unless that may be replaced. It is written beside its place and
 * then linked there, which fails if something came there meanwhile.
 */
final class FileTarget {
    private final Path path;
    private final boolean force;

    FileTarget(Path path, boolean force) {
        this.path = path.toAbsolutePath().normalize();
        this.force = force;
        if (!force && Files.exists(this.path, LinkOption.NOFOLLOW_LINKS)) {
            throw taken();
        }
    }

    Path path() {
        return path;
    }

    /** Lets the writer fill the file, and puts it in its place if the writer says that it is good. */
    boolean fill(Predicate<Path> writer) {
        if (force) {
            return writer.test(path);
        }
        Path folder = Objects.requireNonNull(path.getParent(), "target");
        Path fresh = folder.resolve(
                "." + path.getFileName() + "." + ProcessHandle.current().pid() + ".new");
        try {
            Files.deleteIfExists(fresh);
            boolean good = writer.test(fresh);
            if (good) {
                publish(fresh, folder);
            }
            return good;
        } catch (IOException failure) {
            throw new SecretsUnavailableException("cannot write " + path, failure);
        } finally {
            remove(fresh);
        }
    }

    private void publish(Path fresh, Path folder) throws IOException {
        try {
            Files.createLink(path, fresh);
        } catch (FileAlreadyExistsException meanwhile) {
            throw taken();
        } catch (UnsupportedOperationException noLinks) {
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        }
        try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    private static void remove(Path fresh) {
        try {
            Files.deleteIfExists(fresh);
        } catch (IOException left) {
            throw new SecretsUnavailableException("cannot remove " + fresh, left);
        }
    }

    private IllegalStateException taken() {
        return new IllegalStateException(path + " exists; --force replaces it");
    }
}

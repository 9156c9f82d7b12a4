package dev.hardening.secrets.source;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a folder with one file a secret: Docker's {@code /run/secrets}, a Kubernetes volume, or a plain one.
 *
 * <p>The name of the file is the name of the variable; its value is the content without one line feed at the end, and an
 * empty file counts as absent. Of a Kubernetes volume ({@code ..data} points to the version of the day) all files are
 * read through one version, never half of one and half of the next.
 *
 * <p>Files over 64 KiB, pipes, devices, and links that leave the folder are not opened; more than 1,000 entries fail the
 * reading. Findings: a mode wider than 0640, a plain folder that others may write, and a file or folder that is mounted
 * by itself and will therefore never change ({@code subPath}). Needs a POSIX file system.
 */
public final class SecretDirectory implements SecretReader {
    private static final String VERSION = "..data";
    private static final int MOST_ENTRIES = 1_000;
    private static final int TRIES = 5;

    private final Path folder;
    private final UnaryOperator<String> names;
    private final Path mountInfo;

    private SecretDirectory(Path folder, Builder given) {
        this.folder = folder;
        this.names = given.names;
        this.mountInfo = given.mountInfo;
    }

    /**
     * Starts a reader; {@code folder} is mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public SecretReading read() {
        for (int tries = 1; tries <= TRIES; tries++) {
            Optional<SecretReading> reading = tryOnce();
            if (reading.isPresent()) {
                return reading.get();
            }
        }
        throw new SecretsUnavailableException(folder + " changed while it was read, " + TRIES + " times in a row");
    }

    /** Empty if the folder changed meanwhile: a file went, or another version took the place of the one that was read. */
    private Optional<SecretReading> tryOnce() {
        SecretReading.Builder reading = SecretReading.builder();
        try {
            Path root = folder.toRealPath();
            Optional<Path> version = version(root);
            fill(root, version, reading);
            if (version.equals(version(root))) {
                return Optional.of(reading.build());
            }
        } catch (NoSuchFileException gone) {
            if (!Files.isDirectory(folder)) {
                throw new SecretsUnavailableException(folder + " is not there", gone);
            }
        } catch (UnsupportedOperationException notPosix) {
            throw new SecretsUnavailableException(folder + " is on a file system without POSIX permissions", notPosix);
        } catch (IOException | DirectoryIteratorException failed) {
            throw new SecretsUnavailableException("cannot read " + folder, failed);
        } finally {
            reading.discard();
        }
        return Optional.empty();
    }

    private void fill(Path root, Optional<Path> version, SecretReading.Builder reading) throws IOException {
        MountTable mounts = MountTable.read(mountInfo);
        if (mounts.showsOneVersion(root)) {
            reading.finding(
                    folder.toString(), "mounted-version", "is mounted by subPath and never changes; mount the volume");
        }
        if (version.isEmpty()) {
            reading.changesInPlace();
            SecretFile.lookAtFolder(root, reading);
        }
        Path files = version.orElse(root);
        for (Path file : list(files)) {
            String name = nameOf(file, reading);
            if (reading.has(name)) {
                throw new SecretsConfigurationException(List.of(folder + " has two files for " + name));
            }
            if (!name.isEmpty()) {
                lookAtMount(mounts, file, name, reading);
                new SecretFile(file, name, files).read(reading);
            }
        }
    }

    private static void lookAtMount(MountTable mounts, Path file, String name, SecretReading.Builder reading) {
        if (mounts.isMountPoint(file)) {
            reading.finding(name, "mounted-file", MountedFile.MOUNTED_BY_ITSELF);
        }
    }

    private String nameOf(Path file, SecretReading.Builder reading) {
        String fileName = Objects.requireNonNull(file.getFileName()).toString();
        if (fileName.startsWith("..")) {
            return "";
        }
        if (!SecretFile.isName(fileName)) {
            reading.finding(SecretFile.printable(fileName), "name", "is no name of a secret; the file is not read");
            return "";
        }
        return names.apply(fileName);
    }

    private static Optional<Path> version(Path root) throws IOException {
        Path link = root.resolve(VERSION);
        if (!Files.isSymbolicLink(link)) {
            return Optional.empty();
        }
        Path version = link.toRealPath();
        // Fails where the version went since, which is no fault of the layout.
        boolean isFolder =
                Files.readAttributes(version, BasicFileAttributes.class).isDirectory();
        if (!isFolder || !version.startsWith(root)) {
            throw new SecretsConfigurationException(List.of(link + " must point to a folder beside it"));
        }
        return Optional.of(version);
    }

    private List<Path> list(Path files) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(files)) {
            for (Path entry : stream) {
                entries.add(entry);
                if (entries.size() > MOST_ENTRIES) {
                    throw new SecretsConfigurationException(
                            List.of(folder + " must have at most " + MOST_ENTRIES + " entries"));
                }
            }
        }
        Collections.sort(entries);
        return entries;
    }

    /** Collects what the reader needs; not safe for many threads. */
    public static final class Builder {
        private @Nullable Path folder;
        private UnaryOperator<String> names = UnaryOperator.identity();
        private Path mountInfo = MountTable.OF_THIS_PROCESS;

        private Builder() {}

        /**
         * Says which folder is read; mandatory.
         *
         * @param path need not exist yet
         * @return this builder
         */
        public Builder folder(Path path) {
            folder = Objects.requireNonNull(path, "path");
            return this;
        }

        /**
         * Says which variable a file stands for; its own name if not called.
         *
         * @param variableOfFile gets a file name of letters, digits, dots, dashes and underscores, and gives the name of
         *     the variable, or an empty text to leave the file out; two files for one variable fail the reading
         * @return this builder
         */
        public Builder names(UnaryOperator<String> variableOfFile) {
            names = Objects.requireNonNull(variableOfFile, "variableOfFile");
            return this;
        }

        Builder mountInfo(Path file) {
            mountInfo = file;
            return this;
        }

        /**
         * Makes the reader; nothing is opened yet.
         *
         * @return the reader
         * @throws SecretsConfigurationException if {@code folder} is missing
         */
        public SecretDirectory build() {
            if (folder == null) {
                throw new SecretsConfigurationException(List.of("folder is missing"));
            }
            return new SecretDirectory(folder.toAbsolutePath().normalize(), this);
        }
    }
}

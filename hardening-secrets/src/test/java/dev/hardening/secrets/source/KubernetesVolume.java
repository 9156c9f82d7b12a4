package dev.hardening.secrets.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;

/** A folder laid out and switched as the kubelet does it: file, ..data/file, ..version/file. */
final class KubernetesVolume {
    private final Path root;
    private int version;

    KubernetesVolume(Path root) {
        this.root = root;
    }

    /** Writes a new version beside the old one, switches by one rename, and leaves the old one there. */
    Path publish(Map<String, String> files) {
        try {
            Path folder = Files.createDirectory(root.resolve("..2026_11_22_10_00_00." + ++version));
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path written = folder.resolve(file.getKey());
                Files.writeString(written, file.getValue());
                Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("r--r-----"));
                Path link = root.resolve(file.getKey());
                if (!Files.isSymbolicLink(link)) {
                    Files.createSymbolicLink(link, Path.of("..data").resolve(file.getKey()));
                }
            }
            Path fresh = Files.createSymbolicLink(root.resolve("..data_tmp"), folder.getFileName());
            Files.move(
                    fresh, root.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Removes a version file by file, as the kubelet does after the switch. */
    static void remove(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}

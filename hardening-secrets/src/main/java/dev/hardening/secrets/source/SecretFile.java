package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;

/** One file of a folder of secrets: looked at first, opened only if it is a plain file inside the folder. */
final class SecretFile {
    static final int LARGEST = 64 * 1024;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
    private static final Pattern NOT_PRINTABLE = Pattern.compile("[^A-Za-z0-9._ -]");
    private static final int LONGEST_PRINTED = 64;
    private static final Set<PosixFilePermission> WIDER_THAN_0640 = Set.of(
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private final Path file;
    private final String name;
    private final Path folder;

    SecretFile(Path file, String name, Path folder) {
        this.file = file;
        this.name = name;
        this.folder = folder;
    }

    static boolean isName(String fileName) {
        return NAME.matcher(fileName).matches();
    }

    static String printable(String fileName) {
        String clean = NOT_PRINTABLE.matcher(fileName).replaceAll("?");
        return clean.length() > LONGEST_PRINTED ? clean.substring(0, LONGEST_PRINTED) : clean;
    }

    static void lookAtFolder(Path folder, SecretReading.Builder reading) throws IOException {
        Set<PosixFilePermission> permissions = attributes(folder).permissions();
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            reading.finding(
                    folder.toString(), "folder-mode", "may be written by its group or by others; run chmod go-w on it");
        }
    }

    /** Adds the value, or says why there is none. */
    void read(SecretReading.Builder reading) throws IOException {
        try {
            Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file;
            if (!target.startsWith(folder)) {
                reading.unusable(name, "link", "is a link that leaves the folder; it is not followed");
                return;
            }
            readTarget(target, reading);
        } catch (AccessDeniedException denied) {
            reading.unusable(name, "unreadable", "cannot be read by the user of this process");
        } catch (FileSystemException failed) {
            if (!Files.isSymbolicLink(file)) {
                throw failed;
            }
            reading.unusable(name, "link", "is a link to nothing that can be read");
        }
    }

    private void readTarget(Path target, SecretReading.Builder reading) throws IOException {
        PosixFileAttributes attributes = attributes(target);
        if (!attributes.isRegularFile()) {
            reading.unusable(name, "not-a-file", "is not a regular file; it is not opened");
            return;
        }
        if (attributes.permissions().stream().anyMatch(WIDER_THAN_0640::contains)) {
            reading.finding(
                    name, "mode", "has a mode wider than 0640; set mode 0400 or 0440 (Kubernetes: defaultMode)");
        }
        try (InputStream in = Files.newInputStream(target, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            take(in.readNBytes(LARGEST + 2), reading);
        }
    }

    private void take(byte[] content, SecretReading.Builder reading) {
        boolean lineEnd = content.length > 0 && content[content.length - 1] == '\n';
        int length = lineEnd ? content.length - 1 : content.length;
        if (length > LARGEST) {
            reading.unusable(name, "size", "is larger than " + LARGEST + " bytes");
        } else if (length == 0) {
            reading.unusable(name, "empty", "has no value");
        } else {
            reading.value(name, Secret.of(Arrays.copyOf(content, length)));
        }
        Arrays.fill(content, (byte) 0);
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}

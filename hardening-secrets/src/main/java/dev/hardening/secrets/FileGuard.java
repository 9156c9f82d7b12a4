package dev.hardening.secrets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides whether a file and its folder may be trusted with a secret.
 *
 * <p>The folder is the stronger half: where nobody else may write it, nobody else can put a link or a pipe in the place
 * of the file between the check and the use. The folders above it are not checked, and must be out of the hands of
 * others too: whoever may rename one of them can exchange it in that moment.
 */
final class FileGuard {
    private static final Integer ROOT = 0;
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern USER_IDS = Pattern.compile("(?m)^Uid:(?:\\s+\\d+){3}\\s+(\\d+)$");
    private static final Set<PosixFilePermission> FOLDER_WRITERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
    private static final Set<PosixFilePermission> TOO_OPEN = Set.of(
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    /** A file that is only read may also belong to root, as a mounted secret does. */
    enum Use {
        READ,
        WRITE
    }

    private FileGuard() {}

    /** Answers whether the file exists; refuses it, or its folder, if it is not safe. */
    static boolean check(Path path, Use use) throws IOException {
        checkFolder(folderOf(path));
        PosixFileAttributes file;
        try {
            file = attributes(path, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException absent) {
            return false;
        }
        checkKind(path, file);
        if (!owned(path, use, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(path, "belongs to another user");
        }
        if (file.permissions().stream().anyMatch(TOO_OPEN::contains)) {
            throw refused(path, "is open to others; run chmod 600 on it and replace what it held");
        }
        return true;
    }

    static Path folderOf(Path path) {
        return Objects.requireNonNull(path.getParent(), "an absolute file has a folder");
    }

    static SecretsConfigurationException refused(Path path, String fault) {
        return new SecretsConfigurationException(List.of(path + " " + fault));
    }

    private static void checkKind(Path path, PosixFileAttributes file) throws IOException {
        if (file.isSymbolicLink()) {
            throw refused(path, "is a symbolic link; name the file itself");
        }
        if (!file.isRegularFile()) {
            throw refused(path, "is not a regular file");
        }
        if (((Number) unix(path, "nlink", LinkOption.NOFOLLOW_LINKS)).intValue() > 1) {
            throw refused(path, "has a second name (hard link); remove the other one");
        }
    }

    private static void checkFolder(Path folder) throws IOException {
        PosixFileAttributes attributes;
        try {
            attributes = attributes(folder);
        } catch (NoSuchFileException absent) {
            throw refused(folder, "does not exist; create it with mode 0700");
        }
        if (!attributes.isDirectory()) {
            throw refused(folder, "is not a folder");
        }
        if (!owned(folder, Use.READ)) {
            throw refused(folder, "belongs to another user");
        }
        if (attributes.permissions().stream().anyMatch(FOLDER_WRITERS::contains)) {
            throw refused(folder, "may be written by its group or by others; run chmod go-w on it");
        }
    }

    private static boolean owned(Path path, Use use, LinkOption... options) throws IOException {
        Object owner = unix(path, "uid", options);
        return owner.equals(currentUser()) || (use == Use.READ && owner.equals(ROOT));
    }

    private static PosixFileAttributes attributes(Path path, LinkOption... options) throws IOException {
        try {
            return Files.readAttributes(path, PosixFileAttributes.class, options);
        } catch (UnsupportedOperationException notPosix) {
            throw new SecretsUnavailableException(path + " is on a file system without POSIX permissions", notPosix);
        }
    }

    /** Some file systems, such as that of an archive, know modes but no users by number and no links. */
    private static Object unix(Path path, String attribute, LinkOption... options) throws IOException {
        try {
            return Files.getAttribute(path, "unix:" + attribute, options);
        } catch (UnsupportedOperationException | IllegalArgumentException unknown) {
            throw new SecretsUnavailableException(
                    path + " is on a file system that tells neither its user by number nor hard links", unknown);
        }
    }

    /**
     * The user as which the kernel opens files. The owner of {@code /proc/self} would not do: for a process with
     * capabilities of its own that is root. Elsewhere it is the owner of the home folder.
     */
    private static Object currentUser() throws IOException {
        if (!Files.exists(STATUS)) {
            return unix(Path.of(System.getProperty("user.home")), "uid");
        }
        String status = Files.readString(STATUS);
        Matcher ids = USER_IDS.matcher(status);
        if (!ids.find()) {
            throw new IOException(STATUS + " does not tell the user");
        }
        return Integer.parseUnsignedInt(ids.group(1));
    }
}

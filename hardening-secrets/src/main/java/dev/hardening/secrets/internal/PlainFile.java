package dev.hardening.secrets.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A file that holds no secret, replaced whole or not at all, with the mode and the owner it had.
 *
 * <p>A symbolic link or anything but a regular file is refused by {@link FileSystemException}. There is no lock: the
 * name of the new file belongs to one thread of one process, and of two writers the later one wins whole.
 */
public final class PlainFile {
    private static final Set<PosixFilePermission> FRESH = PosixFilePermissions.fromString("rw-r--r--");

    private final Path path;

    private PlainFile(Path path) {
        this.path = path;
    }

    /**
     * Names a file, which need not exist.
     *
     * @param path the file
     * @return the handle
     */
    public static PlainFile at(Path path) {
        Path absolute = path.toAbsolutePath();
        return new PlainFile(absolute.equals(absolute.normalize()) ? absolute : withoutDots(absolute));
    }

    /** What {@code link/..} is only the file system knows; cutting it out of the text could lead elsewhere. */
    private static Path withoutDots(Path absolute) {
        try {
            Path folder = Objects.requireNonNull(absolute.getParent(), "what has dots has a folder");
            return folder.toRealPath().resolve(absolute.getFileName());
        } catch (IOException absent) {
            return absolute;
        }
    }

    /**
     * Reads the file.
     *
     * @param limit the most bytes it may have
     * @return the content, or empty if there is no such file
     * @throws IOException if it cannot be read, is no regular file, or is too large
     */
    public Optional<byte[]> read(int limit) throws IOException {
        if (attributes(BasicFileAttributes.class).isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            byte[] content = in.readNBytes(limit);
            if (in.read() >= 0) {
                throw new FileSystemException(path.toString(), null, "is larger than " + limit + " bytes");
            }
            return Optional.of(content);
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        }
    }

    /**
     * Replaces the file, or makes it with mode 0644.
     *
     * @param content the new content; on disk when this returns
     * @throws IOException if it cannot be written or is no regular file; it then holds what it held
     */
    public void replace(byte[] content) throws IOException {
        replace(
                content,
                attributes(PosixFileAttributes.class)
                        .map(PosixFileAttributes::permissions)
                        .orElse(FRESH));
    }

    /**
     * Replaces or makes the file with a mode.
     *
     * @param content the new content; on disk when this returns
     * @param mode what the file gets, whatever mode it had
     * @throws IOException if it cannot be written or is no regular file; it then holds what it held
     */
    public void replace(byte[] content, Set<PosixFilePermission> mode) throws IOException {
        Optional<PosixFileAttributes> before = attributes(PosixFileAttributes.class);
        Path folder = Objects.requireNonNull(path.getParent());
        Path fresh = folder.resolve("." + path.getFileName() + "."
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().getId() + ".tmp");
        Files.deleteIfExists(fresh);
        try {
            fill(fresh, content);
            // Not by the call that opens it: that one is subject to the umask, and nothing in it is secret.
            Files.setPosixFilePermissions(fresh, mode);
            if (before.isPresent() && !before.get().owner().equals(Files.getOwner(fresh))) {
                Files.setOwner(fresh, before.get().owner());
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private <A extends BasicFileAttributes> Optional<A> attributes(Class<A> kind) throws IOException {
        try {
            A attributes = Files.readAttributes(path, kind, LinkOption.NOFOLLOW_LINKS);
            if (attributes.isSymbolicLink()) {
                throw new FileSystemException(path.toString(), null, "is a symbolic link; name the file itself");
            }
            if (!attributes.isRegularFile()) {
                throw new FileSystemException(path.toString(), null, "is not a regular file");
            }
            return Optional.of(attributes);
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (UnsupportedOperationException notPosix) {
            throw new FileSystemException(path.toString(), null, "is on a file system without POSIX permissions");
        }
    }

    private static void fill(Path fresh, byte[] content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }
}

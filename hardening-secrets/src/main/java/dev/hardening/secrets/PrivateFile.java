package dev.hardening.secrets;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A small file that only its owner reads and that is replaced whole or not at all.
 *
 * <p>It is created with mode 0600 by the call that opens it, so there is no moment at which another user could read
 * it; where the group of the old file may read it (0640), mode and group stay. A write goes to a file beside it, is forced to disk, renamed over the old one, and the folder is forced too:
 * after a crash the file is the old one or the new one. Writers take turns by a lock on {@code .<name>.lock}, across
 * threads and processes, for at most ten seconds.
 *
 * <p>Refused, with the remedy in the message: a symbolic link, a hard link, anything but a regular file, a file of
 * another owner, one that others may read or the group may write, and a folder that its group or others may write.
 * Folders above that one are not looked at; nobody else must be able to rename them. Needs a POSIX file system. Safe for many threads; every method does I/O.
 */
public final class PrivateFile {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Set<PosixFilePermission> GROUP_READS = PosixFilePermissions.fromString("rw-r-----");

    private final Path path;

    private PrivateFile(Path path) {
        this.path = path;
    }

    /**
     * Names a file, which need not exist; its folder must.
     *
     * @param path the file
     * @return the handle; nothing is opened yet
     * @throws SecretsConfigurationException if {@code path} has no file name
     */
    public static PrivateFile at(Path path) {
        Objects.requireNonNull(path, "path");
        Path absolute = path.toAbsolutePath();
        if (absolute.normalize().getFileName() == null) {
            throw FileGuard.refused(path, "names no file");
        }
        return new PrivateFile(absolute.equals(absolute.normalize()) ? absolute : withoutDots(absolute));
    }

    /** What {@code link/..} is only the file system knows; cutting it out of the text could lead elsewhere. */
    private static Path withoutDots(Path absolute) {
        try {
            Path name = Objects.requireNonNull(absolute.getFileName(), "a file has a name");
            return FileGuard.folderOf(absolute).toRealPath().resolve(name);
        } catch (IOException absent) {
            return absolute;
        }
    }

    /**
     * Tells which file this is.
     *
     * @return the absolute path
     */
    public Path path() {
        return path;
    }

    /**
     * Reads the file.
     *
     * @param limit the most bytes it may have
     * @return the content, or empty if there is no such file
     * @throws SecretsConfigurationException if the file or its folder is not safe, or the file is too large
     * @throws SecretsUnavailableException if it cannot be read
     */
    public Optional<byte[]> read(int limit) {
        return calling("read", () -> readChecked(limit, FileGuard.Use.READ));
    }

    /**
     * Replaces the file, or makes it.
     *
     * @param content the new content; on disk when this returns
     * @throws SecretsConfigurationException if the file or its folder is not safe
     * @throws SecretsUnavailableException if it cannot be written; the file then holds the old content whole or, if
     *     only the folder could not be forced to disk, the new content whole, which a power cut may still undo
     */
    public void replace(byte[] content) {
        byte[] copy = content.clone();
        try {
            calling(
                    "replace",
                    () -> FileLocks.locked(beside(".lock"), OWNER_ONLY, () -> {
                        FileGuard.check(path, FileGuard.Use.WRITE);
                        write(copy);
                        return true;
                    }));
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /**
     * Reads, changes and replaces the file while no other writer can.
     *
     * @param limit the most bytes the file may have
     * @param change gets the content, empty if there is no file, and gives the new one, or empty to leave the file as
     *     it is; must not write a private file itself
     * @return whether the file was written
     * @throws SecretsConfigurationException if the file or its folder is not safe, or the file is too large
     * @throws SecretsUnavailableException if it cannot be read or written, or if others keep it locked
     */
    public boolean update(int limit, Function<Optional<byte[]>, Optional<byte[]>> change) {
        Objects.requireNonNull(change, "change");
        return calling(
                "update",
                () -> FileLocks.locked(beside(".lock"), OWNER_ONLY, () -> {
                    Optional<byte[]> next = change.apply(readChecked(limit, FileGuard.Use.WRITE));
                    if (next.isPresent()) {
                        write(next.get());
                    }
                    return next.isPresent();
                }));
    }

    private Optional<byte[]> readChecked(int limit, FileGuard.Use use) throws IOException {
        if (!FileGuard.check(path, use)) {
            return Optional.empty();
        }
        Set<OpenOption> open = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try (SeekableByteChannel in = Files.newByteChannel(path, open)) {
            return Optional.of(content(in, limit));
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        }
    }

    /** By buffers of our own: what a stream read into would stay behind unwiped. */
    private byte[] content(SeekableByteChannel in, int limit) throws IOException {
        byte[] buffer = new byte[(int) Math.min(in.size(), limit) + 1];
        try {
            ByteBuffer rest = ByteBuffer.wrap(buffer);
            while (in.read(rest) >= 0) {
                if (rest.position() > limit) {
                    throw FileGuard.refused(path, "is larger than " + limit + " bytes");
                }
                if (!rest.hasRemaining()) {
                    byte[] full = buffer;
                    buffer = Arrays.copyOf(full, (int) Math.min(2L * full.length, limit + 1L));
                    Arrays.fill(full, (byte) 0);
                    rest = ByteBuffer.wrap(buffer).position(full.length);
                }
            }
            return Arrays.copyOf(buffer, rest.position());
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }

    private void write(byte[] content) throws IOException {
        Path fresh = beside(".tmp");
        Files.deleteIfExists(fresh);
        try {
            fill(fresh, content, groupOfReaders());
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        try (FileChannel folder = FileChannel.open(FileGuard.folderOf(path), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** The group that may read the file there is; a file that a service reads as of its group must stay readable. */
    private Optional<GroupPrincipal> groupOfReaders() throws IOException {
        try {
            PosixFileAttributes old = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return old.permissions().contains(PosixFilePermission.GROUP_READ)
                    ? Optional.of(old.group())
                    : Optional.empty();
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    private static void fill(Path fresh, byte[] content, Optional<GroupPrincipal> readers) throws IOException {
        Set<StandardOpenOption> create = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(fresh, create, OWNER_ONLY)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            if (readers.isPresent()) {
                // The group first: no other must be able to read it for a moment.
                Files.getFileAttributeView(fresh, PosixFileAttributeView.class).setGroup(readers.get());
                Files.setPosixFilePermissions(fresh, GROUP_READS);
            }
            channel.force(true);
        }
    }

    private Path beside(String suffix) {
        String name = path.getFileName() + suffix;
        return path.resolveSibling(name.startsWith(".") ? name : "." + name);
    }

    private <T> T calling(String action, FileLocks.Work<T> work) {
        try {
            return work.run();
        } catch (InterruptedIOException interrupted) {
            Thread.currentThread().interrupt();
            throw new SecretsUnavailableException("interrupted: " + action + " " + path, interrupted);
        } catch (IOException failure) {
            throw new SecretsUnavailableException("cannot " + action + " " + path, failure);
        }
    }
}

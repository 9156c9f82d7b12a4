package dev.hardening.audit.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The log's directory: made with mode 0700, refused where somebody else could reach into it, locked while it is written.
 *
 * <p>A POSIX file lock belongs to the process, and closing any descriptor of the file gives it up. So within one JVM
 * nobody opens the lock file of a directory that is held; the set of those must be one per JVM, as ADR 0011 says.
 */
public final class LogFolder implements Closeable {
    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER_ONLY_FILE = PosixFilePermissions.fromString("rw-------");
    private static final String LOCK = "lock";
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;
    private final AtomicBoolean freed = new AtomicBoolean();

    private LogFolder(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Makes the directory if there is none, and finds what is wrong with it.
     *
     * @param folder the log's directory
     * @return what must be put right before anything is written; empty if all is well
     * @throws IOException if the disk does not answer
     */
    public static List<String> prepare(Path folder) throws IOException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return List.of("directory must be on a file system with POSIX modes, got " + folder);
        }
        List<String> faults = new ArrayList<>();
        makeOrCheck(folder, faults);
        if (faults.isEmpty()) {
            makeOrCheck(SegmentNames.folder(folder), faults);
        }
        return faults;
    }

    /**
     * Takes the log for this process alone.
     *
     * @param folder the log's directory, prepared
     * @return the lock, or empty if another writer holds it
     * @throws IOException if the disk does not answer
     */
    public static Optional<LogFolder> lock(Path folder) throws IOException {
        Path real = folder.toRealPath();
        if (!HELD.add(real)) {
            return Optional.empty();
        }
        boolean taken = false;
        try {
            Optional<LogFolder> lock = lockAgainstProcesses(real);
            taken = lock.isPresent();
            return lock;
        } finally {
            if (!taken) {
                HELD.remove(real);
            }
        }
    }

    private static Optional<LogFolder> lockAgainstProcesses(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(LOCK),
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE));
        if (locked(channel)) {
            return Optional.of(new LogFolder(folder, channel));
        }
        channel.close();
        return Optional.empty();
    }

    /** Frees the log for another writer; closing again does nothing. */
    @Override
    public void close() throws IOException {
        if (!freed.compareAndSet(false, true)) {
            return;
        }
        try {
            channel.close();
        } finally {
            HELD.remove(folder);
        }
    }

    SegmentFiles segments() {
        return new PosixSegmentFiles(SegmentNames.folder(folder));
    }

    static void requireOwnFile(Path file) throws IOException {
        boolean own = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && OWNER_ONLY_FILE.containsAll(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
                && Integer.valueOf(1).equals(Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS));
        if (!own) {
            throw new IOException("must be a regular file of mode 0600 with one link: " + file);
        }
    }

    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void makeOrCheck(Path folder, List<String> faults) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null && Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            make(folder, parent);
        }
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            faults.add("directory must be a directory and no link, got " + folder);
            return;
        }
        if (!OWNER_ONLY_FOLDER.containsAll(Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS))) {
            faults.add("directory must have mode 0700, got " + folder + " with "
                    + PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        }
        if (faults.isEmpty() && !ownedByUs(folder)) {
            faults.add("directory must belong to the user of this process, got " + folder + " of "
                    + Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS));
        }
    }

    private static void make(Path folder, Path parent) throws IOException {
        Files.createDirectories(parent);
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
            sync(parent);
        } catch (FileAlreadyExistsException race) {
            // Somebody was quicker; what they made is checked like any other.
        }
    }

    /** Compares with the owner of a file we make, since a user's name need not exist in a container. */
    private static boolean ownedByUs(Path folder) throws IOException {
        Path probe =
                Files.createTempFile(folder, ".owner-", null, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE));
        try {
            return Files.getOwner(probe).equals(Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS));
        } finally {
            Files.delete(probe);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }
}

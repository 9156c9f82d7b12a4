package dev.hardening.examples.lms.home;

import dev.hardening.examples.lms.StartRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/**
 * {@code LMS_HOME}: everything one process keeps on disk, for that process and its user alone.
 *
 * <p>Opening makes the folder 0700 and takes its lock, so a second process is refused before it touches a file. The
 * lock belongs to the process and dies with it, whatever kills it. Safe for many threads.
 */
public final class DataFolder implements AutoCloseable {
    private static final String PORTS = "ports.properties";

    private final Path path;
    private final FileChannel lock;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Takes the folder, and makes it if it is not there.
     *
     * @param path where
     * @throws StartRefusedException if another process has it, or another user owns it
     */
    public static DataFolder open(Path path) {
        try {
            PrivateFiles.folder(path.toAbsolutePath());
            Path real = path.toRealPath();
            requireOwn(real);
            FileChannel lock = lock(real);
            DataFolder folder = new DataFolder(real, lock);
            folder.withdrawPorts();
            return folder;
        } catch (IOException | UncheckedIOException failure) {
            throw new StartRefusedException(List.of("LMS_HOME " + path + " cannot be used: " + failure.getMessage()));
        }
    }

    /** The folder, absolute and without links. */
    public Path path() {
        return path;
    }

    /** A folder of the given name in it, made 0700 if need be. */
    public Path folder(String name) {
        Path folder = path.resolve(name);
        PrivateFiles.folder(folder);
        return folder;
    }

    /** Tells the ports, and by that that the service is ready. */
    public void publishPorts(String content) {
        PrivateFiles.write(path.resolve(PORTS), content.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Takes back what {@link #publishPorts} told. */
    public void withdrawPorts() {
        PrivateFiles.delete(path.resolve(PORTS));
    }

    /** Gives the folder free. */
    @Override
    public void close() {
        try {
            withdrawPorts();
            lock.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void requireOwn(Path path) throws IOException {
        if (path.getParent() == null) {
            throw new StartRefusedException(List.of("LMS_HOME must not be the root of the file system"));
        }
        String owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName();
        String self = System.getProperty("user.name");
        // A user id without an account, as containers have, has no name to compare.
        if (!self.equals("?") && !owner.equals(self)) {
            throw new StartRefusedException(
                    List.of("LMS_HOME " + path + " belongs to " + owner + ", but the service runs as " + self));
        }
        PrivateFiles.permit(path, "rwx------");
    }

    private static FileChannel lock(Path path) throws IOException {
        // Never replaced by a rename: two processes must lock the same file.
        FileChannel channel = FileChannel.open(
                path.resolve("lock"),
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PrivateFiles.MODE);
        if (!locked(channel)) {
            String holder = StandardCharsets.US_ASCII.decode(read(channel)).toString();
            channel.close();
            throw new StartRefusedException(List.of("LMS_HOME " + path + " is in use by process " + holder
                    + ": a data folder belongs to one process, give this one another LMS_HOME"));
        }
        channel.truncate(0);
        String pid = Long.toString(ProcessHandle.current().pid());
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
        return channel;
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException inThisProcess) {
            return false;
        }
    }

    private static ByteBuffer read(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(20);
        channel.read(pid);
        return pid.flip();
    }
}

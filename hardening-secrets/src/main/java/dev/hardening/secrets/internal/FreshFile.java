package dev.hardening.secrets.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A large file for its owner only, written under a name of its own and then moved to its place in the same folder.
 *
 * <p>The name is {@code .hardening-secrets-<random>.tmp}, however long that of the place is; the mode is 0600 from the
 * call that creates it. Until it is moved, closing it deletes it, and it cannot come back: a thread that runs while the
 * process ends may close it under the hands of the one that writes. Needs no links of the file system.
 */
public final class FreshFile implements AutoCloseable {
    /** What is to be said behind the place of a file that could not be {@link #settle settled}. */
    public static final String UNSETTLED =
            " is written whole, but its folder could not be forced to disk: a power cut may undo it";

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int NAME_BYTES = 8;

    private final ReentrantLock turn = new ReentrantLock();
    private final Path path;
    private boolean closed;

    private FreshFile(Path path) {
        this.path = path;
    }

    /** Writes a file. */
    public interface Filling {
        /**
         * Writes all of it.
         *
         * @param out where to; not to be closed
         * @return whether it is good; what is not is not forced to disk
         * @throws IOException if it cannot be read or written
         */
        boolean into(OutputStream out) throws IOException;
    }

    /**
     * Names a file; nothing is created yet.
     *
     * @param folder where it is written, and has its place
     * @param random draws its name
     * @return the file
     */
    public static FreshFile in(Path folder, SecureRandom random) {
        byte[] bytes = new byte[NAME_BYTES];
        random.nextBytes(bytes);
        String drawn = HexFormat.of().formatHex(bytes);
        return new FreshFile(folder.resolve(".hardening-secrets-" + drawn + ".tmp"));
    }

    /**
     * Creates the file, has it written, and forces it to disk.
     *
     * @param filling writes it
     * @return whether it is good
     * @throws IOException if it cannot be written, or would have no mode there
     */
    public boolean fill(Filling filling) throws IOException {
        try (FileChannel channel = create()) {
            boolean good = filling.into(Channels.newOutputStream(channel));
            if (good) {
                channel.force(true);
            }
            return good;
        }
    }

    /**
     * Moves the file to its place, over what is there.
     *
     * @param target the place, in the same folder
     * @throws IOException if it cannot be moved; what was there is as it was
     */
    public void replace(Path target) throws IOException {
        turn.lock();
        try {
            expectOpen();
            move(target);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Moves the file to its place, if that is free.
     *
     * <p>The place is taken by an empty file, which the call that creates it does only where nothing is, and the move
     * goes over that one at once. So whoever creates a file as carefully as this loses none.
     *
     * @param target the place, in the same folder
     * @throws FileAlreadyExistsException if something is there, which is as it was
     * @throws IOException if it cannot be moved; nothing is there then
     */
    public void place(Path target) throws IOException {
        turn.lock();
        try {
            expectOpen();
            Files.createFile(target, OWNER_ONLY);
            boolean moved = false;
            try {
                move(target);
                moved = true;
            } finally {
                if (!moved) {
                    Files.deleteIfExists(target);
                }
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Forces the folder of a file that was moved to disk.
     *
     * @param target the place
     * @throws IOException if that fails; the file is {@link #UNSETTLED there}
     */
    public static void settle(Path target) throws IOException {
        Path folder = Objects.requireNonNull(target.getParent(), "a file is in a folder");
        try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    /**
     * Deletes the file unless it was moved; also from another thread, and more than once.
     *
     * @throws IOException if it cannot be deleted
     */
    @Override
    public void close() throws IOException {
        turn.lock();
        try {
            closed = true;
            Files.deleteIfExists(path);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Tells where it is until it is moved.
     *
     * @return the path
     */
    public Path path() {
        return path;
    }

    private FileChannel create() throws IOException {
        // Asked first: some file systems take a mode and drop it.
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            throw new FileSystemException(path.toString(), null, "is on a file system without POSIX permissions");
        }
        turn.lock();
        try {
            expectOpen();
            return FileChannel.open(path, CREATE, OWNER_ONLY);
        } finally {
            turn.unlock();
        }
    }

    private void move(Path target) throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void expectOpen() throws IOException {
        if (closed) {
            throw new IOException("given up: " + path);
        }
    }
}

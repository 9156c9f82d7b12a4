package dev.hardening.secrets;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets one writer at a time through, of all threads and all processes, and waits for a bounded time.
 *
 * <p>A POSIX file lock belongs to the process, and closing any descriptor of the file gives it up. So within one JVM
 * only one thread may have the lock file open; a turn for each file that is being written sees to that, and the turns
 * must be one set per JVM. A file goes by its real folder, so that two ways to it lead to one turn. Between
 * processes the lock is asked for again and again, since neither POSIX nor the JDK has one that waits for a given time.
 * The lock file stays: removing it would let two writers hold locks on two files of one name.
 */
final class FileLocks {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final ConcurrentMap<Path, Turn> TURNS = new ConcurrentHashMap<>();

    /** Who has a file, and how many have it or wait for it; counted inside {@code compute} only. */
    private static final class Turn {
        private final ReentrantLock lock = new ReentrantLock();
        private int users;
    }

    /** What runs while the lock is held. */
    interface Work<T> {
        T run() throws IOException;
    }

    private FileLocks() {}

    static <T> T locked(Path lockFile, FileAttribute<?> mode, Work<T> work) throws IOException {
        if (TURNS.values().stream().anyMatch(turn -> turn.lock.isHeldByCurrentThread())) {
            throw new IllegalStateException("a change of one private file must not write another");
        }
        FileGuard.check(lockFile, FileGuard.Use.WRITE);
        Path name = Objects.requireNonNull(lockFile.getFileName(), "a file has a name");
        Path file = FileGuard.folderOf(lockFile).toRealPath().resolve(name);
        Turn turn = TURNS.compute(file, (key, old) -> joined(old));
        try {
            await(turn.lock, lockFile);
            try {
                return underLock(lockFile, mode, work);
            } finally {
                turn.lock.unlock();
            }
        } finally {
            TURNS.compute(file, (key, old) -> left(turn));
        }
    }

    private static Turn joined(@Nullable Turn old) {
        Turn turn = old == null ? new Turn() : old;
        turn.users++;
        return turn;
    }

    private static @Nullable Turn left(Turn turn) {
        turn.users--;
        return turn.users == 0 ? null : turn;
    }

    private static <T> T underLock(Path lockFile, FileAttribute<?> mode, Work<T> work) throws IOException {
        try (FileChannel channel =
                        FileChannel.open(lockFile, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), mode);
                FileLock lock = await(channel, lockFile)) {
            if (!lock.isValid()) {
                throw new IOException("the lock " + lockFile + " was lost");
            }
            return work.run();
        }
    }

    private static void await(ReentrantLock turn, Path lockFile) throws IOException {
        try {
            if (!turn.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("another thread holds " + lockFile);
            }
        } catch (InterruptedException interrupted) {
            InterruptedIOException translated = new InterruptedIOException("while waiting for " + lockFile);
            translated.initCause(interrupted);
            throw translated;
        }
    }

    private static FileLock await(FileChannel channel, Path lockFile) throws IOException {
        long start = System.nanoTime();
        while (true) {
            FileLock lock = tryLock(channel, lockFile);
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new IOException("another process holds " + lockFile);
            }
            if (Thread.interrupted()) {
                throw new InterruptedIOException("while waiting for " + lockFile);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel, Path lockFile) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException twice) {
            throw new IOException("a second copy of this library in this JVM holds " + lockFile, twice);
        }
    }
}

package dev.hardening.audit.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.IntPredicate;

/**
 * A disk that remembers what was forced and what only lies in the page cache, and fails when told.
 *
 * <p>As on Linux, a failed force drops the dirty pages and a second force on the same file then reports success for
 * nothing; {@link #forcedAfterFailure} tells whether somebody fell for it.
 */
final class SimulatedDisk implements SegmentFiles {
    private final TreeMap<Long, Content> files = new TreeMap<>();
    private final List<byte[]> torn = new ArrayList<>();
    private IntPredicate fails = operation -> false;
    private int operations;
    private boolean forcedAfterFailure;
    private final Semaphore forces = new Semaphore(Integer.MAX_VALUE);

    /** Fails the operations whose number, from 0, is in the set. */
    synchronized SimulatedDisk failing(IntPredicate numbers) {
        fails = numbers;
        operations = 0;
        return this;
    }

    synchronized int operations() {
        return operations;
    }

    synchronized boolean forcedAfterFailure() {
        return forcedAfterFailure;
    }

    /** Lets no force return until {@link #thaw}. */
    void freeze() {
        forces.drainPermits();
    }

    void thaw() {
        forces.release(Integer.MAX_VALUE - forces.availablePermits());
    }

    boolean awaitsForce() {
        return forces.hasQueuedThreads();
    }

    synchronized void put(long firstIndex, byte[] bytes) {
        Content content = new Content();
        content.cached.writeBytes(bytes);
        content.durable = bytes;
        content.linked = true;
        files.put(firstIndex, content);
    }

    synchronized byte[] bytes(long firstIndex) {
        return files.get(firstIndex).cached.toByteArray();
    }

    synchronized List<byte[]> torn() {
        return List.copyOf(torn);
    }

    /** What a new process finds after the old one was killed: everything that was written. */
    synchronized SimulatedDisk afterKill() {
        SimulatedDisk next = new SimulatedDisk();
        files.forEach((first, content) -> next.put(first, content.cached.toByteArray()));
        return next;
    }

    /** What is left after the power failed: what was forced, in files whose folder was forced. */
    synchronized SimulatedDisk afterPowerLoss() {
        SimulatedDisk next = new SimulatedDisk();
        files.forEach((first, content) -> {
            if (content.linked) {
                next.put(first, content.durable);
            }
        });
        return next;
    }

    /** Copies the files into a log directory, for readers that know only real ones. */
    synchronized Path materialise(Path log) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectory(log, ownerOnly);
        Path folder = Files.createDirectory(SegmentNames.folder(log), ownerOnly);
        for (Long first : files.keySet()) {
            Path file = Files.createFile(
                    folder.resolve(SegmentNames.of(first)),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(file, bytes(first));
        }
        return log;
    }

    @Override
    public synchronized List<Long> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized InputStream read(long firstIndex) {
        return new ByteArrayInputStream(bytes(firstIndex));
    }

    @Override
    public synchronized SegmentFile append(long firstIndex) throws IOException {
        operation("append");
        return new File(files.get(firstIndex));
    }

    @Override
    public synchronized SegmentFile create(long firstIndex) throws IOException {
        operation("create");
        if (files.containsKey(firstIndex)) {
            throw new FileAlreadyExistsException(name(firstIndex));
        }
        Content content = new Content();
        files.put(firstIndex, content);
        return new File(content);
    }

    @Override
    public synchronized void keepTorn(long firstIndex, long offset, byte[] bytes) throws IOException {
        operation("keepTorn");
        torn.add(bytes);
    }

    @Override
    public synchronized void delete(long firstIndex) throws IOException {
        operation("delete");
        files.remove(firstIndex);
    }

    @Override
    public synchronized void syncFolder() throws IOException {
        operation("syncFolder");
        files.values().forEach(content -> content.linked = true);
    }

    @Override
    public String name(long firstIndex) {
        return "simulated/" + SegmentNames.of(firstIndex);
    }

    private void operation(String name) throws IOException {
        if (fails.test(operations++)) {
            throw new IOException("injected: " + name);
        }
    }

    private static final class Content {
        private ByteArrayOutputStream cached = new ByteArrayOutputStream();
        private byte[] durable = new byte[0];
        private boolean linked;
        private boolean broken;
    }

    private final class File implements SegmentFile {
        private final Content content;
        private boolean closed;

        File(Content content) {
            this.content = content;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            synchronized (SimulatedDisk.this) {
                byte[] all = new byte[bytes.remaining()];
                bytes.get(all);
                content.cached.write(all, 0, all.length / 2);
                operation("write");
                content.cached.write(all, all.length / 2, all.length - all.length / 2);
            }
        }

        @Override
        public void force() throws IOException {
            forces.acquireUninterruptibly();
            forces.release();
            synchronized (SimulatedDisk.this) {
                if (content.broken || closed) {
                    forcedAfterFailure = true;
                    return;
                }
                try {
                    operation("force");
                } catch (IOException failure) {
                    content.broken = true;
                    throw failure;
                }
                content.durable = content.cached.toByteArray();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                operation("truncate");
                byte[] kept = Arrays.copyOf(content.cached.toByteArray(), (int) size);
                content.cached = new ByteArrayOutputStream();
                content.cached.writeBytes(kept);
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}

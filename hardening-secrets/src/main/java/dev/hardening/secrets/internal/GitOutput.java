package dev.hardening.secrets.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * What a run of git prints. Never waits for longer than the run may take, and ends with the program: a child of git may
 * keep the pipe open for ever. Closing it ends git with all its children.
 */
final class GitOutput extends InputStream {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final Process process;
    private final InputStream out;
    private final long start;
    private final long limit;

    GitOutput(Process process, long start, Duration limit) {
        this.process = process;
        this.out = process.getInputStream();
        this.start = start;
        this.limit = limit.toNanos();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            boolean ended = !process.isAlive();
            int available = out.available();
            if (available > 0) {
                return out.read(buffer, from, Math.min(available, length));
            }
            if (ended) {
                return -1;
            }
            pause();
        }
    }

    @Override
    public int available() throws IOException {
        return out.available();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** How git ended; only after the end was read. */
    int exit() {
        return process.exitValue();
    }

    private void pause() throws IOException {
        if (System.nanoTime() - start > limit) {
            throw new IOException("git did not end in time");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while git ran");
        }
        LockSupport.parkNanos(PAUSE.toNanos());
    }
}

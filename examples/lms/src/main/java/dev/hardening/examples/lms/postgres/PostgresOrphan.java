package dev.hardening.examples.lms.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The server that a killed service left behind, found by {@code postmaster.pid} of its data folder.
 *
 * <p>A pid in a file may by now be another program's, above all in a container, where pids are small and start anew.
 * So only a process that works inside the data folder is taken for the server; else the file is stale. A stale file is
 * deleted here, because the server would take any process of the same user for its predecessor and refuse to start.
 * That is safe: the folder is locked by this process, and no process works in it any more.
 */
final class PostgresOrphan {
    private static final Duration BOUND = Duration.ofSeconds(15);
    private static final Duration STEP = Duration.ofMillis(20);

    private final Path data;

    PostgresOrphan(Path data) {
        this.data = data;
    }

    /** The first process of the server, if it runs. */
    Optional<ProcessHandle> find() {
        return recorded().flatMap(ProcessHandle::of).filter(this::worksHere);
    }

    /** Waits until nothing works in the data folder, then deletes a pid file that was left. */
    void forget() {
        long end = System.nanoTime() + BOUND.toNanos();
        for (List<Long> left = atWork(); !left.isEmpty(); left = atWork()) {
            if (System.nanoTime() - end > 0) {
                throw new PostgresUnavailableException("these processes still work in " + data + ": " + left);
            }
            LockSupport.parkNanos(STEP.toNanos());
        }
        try {
            Files.deleteIfExists(pidFile());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    // A process that ended and was not collected by its parent has no folder any more, so it does not count.
    private List<Long> atWork() {
        return ProcessHandle.allProcesses()
                .filter(this::worksHere)
                .map(ProcessHandle::pid)
                .toList();
    }

    private Optional<Long> recorded() {
        if (!Files.exists(pidFile())) {
            return Optional.empty();
        }
        try (var lines = Files.lines(pidFile(), StandardCharsets.ISO_8859_1)) {
            return lines.findFirst().map(String::trim).map(Long::valueOf);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (NumberFormatException cutShort) {
            return Optional.empty();
        }
    }

    private boolean worksHere(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
                    .equals(data);
        } catch (IOException gone) {
            // Ended meanwhile, or another user's: the servers of this folder are ours to read.
            return false;
        }
    }

    private Path pidFile() {
        return data.resolve("postmaster.pid");
    }
}

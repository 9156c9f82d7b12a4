package dev.hardening.examples.lms.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The server that a killed service left behind, found by {@code postmaster.pid} of its data folder.
 *
 * <p>A pid in a file may by now be another program's, above all in a container, where pids are small and start anew.
 * So only a process that works inside the data folder is taken for the server; else the file is stale. A stale file is
 * deleted here, because the server would take any process of the same user for its predecessor and refuse to start.
 * That is safe: the folder is locked by this process, and no process works in it any more.
 */
final class PostgresOrphan {
    private static final long BOUND_SECONDS = 15;

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
        List<ProcessHandle> left =
                ProcessHandle.allProcesses().filter(this::worksHere).toList();
        await(left);
        try {
            Files.deleteIfExists(pidFile());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
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

    private void await(List<ProcessHandle> left) {
        CompletableFuture<?>[] ends = left.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(BOUND_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException failure) {
            throw new PostgresUnavailableException(
                    "these processes still work in " + data + ": "
                            + left.stream().filter(ProcessHandle::isAlive).map(ProcessHandle::pid).toList(),
                    failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new PostgresUnavailableException("interrupted while an old server stopped", interrupted);
        } catch (ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private Path pidFile() {
        return data.resolve("postmaster.pid");
    }
}

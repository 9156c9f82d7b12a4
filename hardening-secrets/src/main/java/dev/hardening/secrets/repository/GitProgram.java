package dev.hardening.secrets.repository;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Runs {@code git} in a repository that may be hostile, for a bounded time and with bounded output.
 *
 * <p>The program is one that the {@code PATH} names by an absolute folder, so a {@code git} in the repository itself is
 * never run. The configuration of a repository can name programs; what reading needs of them is switched off: hooks, the
 * file system monitor, pagers, transports of every protocol. Of the environment all that begins with {@code GIT_} is
 * removed, since it could name another repository. There is no shell. Rules that one user keeps for himself
 * ({@code core.excludesFile}) do not count, since they protect nobody else.
 */
final class GitProgram {
    private static final int OUTPUT = 8 << 20;
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final List<String> SAFE = List.of(
            "--no-pager",
            "--no-optional-locks",
            "--no-replace-objects",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.excludesFile=/dev/null",
            "-c",
            "core.quotePath=false",
            "-c",
            "protocol.allow=never");

    private final Path program;
    private final Path folder;
    private final Duration limit;

    private GitProgram(Path program, Path folder, Duration limit) {
        this.program = program;
        this.folder = folder;
        this.limit = limit;
    }

    /** What a run came to: how it ended and what it printed. */
    record Answer(int exit, String output) {
        List<String> fields() {
            List<String> fields = new ArrayList<>(List.of(output.split("\0", -1)));
            // What is behind the last end of a field is no field.
            fields.remove(fields.size() - 1);
            return List.copyOf(fields);
        }
    }

    static Optional<GitProgram> find(String path, Path folder, Duration limit) {
        for (String each : path.split(Pattern.quote(File.pathSeparator), -1)) {
            Path candidate = Path.of(each).resolve("git");
            if (candidate.isAbsolute() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return Optional.of(new GitProgram(candidate, folder, limit));
            }
        }
        return Optional.empty();
    }

    /** Runs to the end, or gives nothing: too long, too much, interrupted, or not startable. */
    Optional<Answer> run(String input, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(SAFE);
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD);
        clean(builder.environment());
        try {
            Process process = builder.start();
            try {
                return ended(process, input);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException failure) {
            return Optional.empty();
        }
    }

    private static void clean(Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("GIT_"));
        environment.putAll(Map.of(
                "LC_ALL", "C",
                "GIT_OPTIONAL_LOCKS", "0",
                "GIT_TERMINAL_PROMPT", "0",
                "GIT_NO_LAZY_FETCH", "1",
                "GIT_ALLOW_PROTOCOL", "none"));
    }

    private Optional<Answer> ended(Process process, String input) throws IOException {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException endedEarly) {
            // Its exit code tells why.
        }
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        long start = System.nanoTime();
        while (process.isAlive()) {
            int before = output.size();
            take(process.getInputStream(), output);
            if (output.size() > OUTPUT || System.nanoTime() - start > limit.toNanos()) {
                return Optional.empty();
            }
            if (Thread.currentThread().isInterrupted()) {
                return Optional.empty();
            }
            if (output.size() == before) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
        take(process.getInputStream(), output);
        return output.size() > OUTPUT
                ? Optional.empty()
                : Optional.of(new Answer(process.exitValue(), output.toString(StandardCharsets.UTF_8)));
    }

    /** Takes what is there and waits for nothing: a child of git may keep the pipe open for ever. */
    private static void take(InputStream from, ByteArrayOutputStream to) throws IOException {
        int available = from.available();
        while (available > 0 && to.size() <= OUTPUT) {
            to.write(from.readNBytes(available));
            available = from.available();
        }
    }
}

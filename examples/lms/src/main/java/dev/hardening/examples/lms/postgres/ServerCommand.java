package dev.hardening.examples.lms.postgres;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program to its end, with a bound and an almost empty environment.
 *
 * <p>The environment of the service holds secrets, and that of a server can be read by whoever may read its process;
 * {@code PG...} variables of the user must not steer it either. Output goes to a file, because a pipe would stay open
 * as long as a server that the program started.
 */
final class ServerCommand {
    private static final long BOUND_SECONDS = 90;
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Path home;

    ServerCommand(Path home) {
        this.home = home;
    }

    /** What a program answered. */
    record Outcome(int status, String output) {
        boolean succeeded() {
            return status == 0;
        }
    }

    Outcome run(List<String> words) {
        Path output = home.resolve(".command-" + ProcessHandle.current().pid() + ".out");
        try {
            PrivateFiles.write(output, new byte[0]);
            int status = await(start(words, output));
            return new Outcome(status, Files.readString(output, StandardCharsets.ISO_8859_1));
        } catch (IOException failure) {
            // The program is not there: for the caller the same as one that failed.
            return new Outcome(-1, String.valueOf(failure.getMessage()));
        } finally {
            PrivateFiles.delete(output);
        }
    }

    /** Runs it as the account and insists on success. */
    void require(ServerAccount account, List<String> words, String purpose) {
        List<String> all = new ArrayList<>(account.prefix());
        all.addAll(words);
        Outcome outcome = run(all);
        if (!outcome.succeeded()) {
            throw new PostgresUnavailableException(purpose + " failed with status " + outcome.status() + ": "
                    + outcome.output().strip());
        }
    }

    private Process start(List<String> words, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile());
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", DEFAULT_PATH);
        environment.clear();
        environment.put("PATH", path);
        environment.put("LC_ALL", "C");
        environment.put("TZ", "UTC");
        return builder.start();
    }

    private static int await(Process process) {
        try {
            if (process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        return -1;
    }
}

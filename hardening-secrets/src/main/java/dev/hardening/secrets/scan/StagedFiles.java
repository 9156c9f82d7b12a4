package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsUnavailableException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what git is about to commit: the content in its index, not in the folder, which may differ.
 *
 * <p>Runs {@code git diff --cached --raw -z} and {@code git cat-file blob}. The environment is left as it is, since git
 * tells a hook by {@code GIT_INDEX_FILE} which index it commits.
 */
final class StagedFiles {
    private static final int NEW_MODE = 1;
    private static final int NEW_ID = 3;
    private static final int HEADER_FIELDS = 5;
    private static final int MOST_BYTES = 64 << 20;

    private final Path repository;

    StagedFiles(Path repository) {
        this.repository = repository;
    }

    /** One file of the index. */
    record Staged(String path, String id, boolean regular) {}

    List<Staged> list() {
        String diff = run(
                "diff",
                "--cached",
                "--raw",
                "-z",
                "--no-renames",
                "--no-relative",
                "--no-ext-diff",
                "--no-abbrev",
                "--diff-filter=ACMT");
        List<Staged> staged = new ArrayList<>();
        String[] parts = diff.split("\0", -1);
        for (int at = 0; at + 1 < parts.length; at += 2) {
            String[] header = parts[at].split(" ", -1);
            if (header.length != HEADER_FIELDS) {
                throw new SecretsUnavailableException("git diff did not answer as expected in " + repository);
            }
            staged.add(new Staged(parts[at + 1], header[NEW_ID], header[NEW_MODE].startsWith("100")));
        }
        return staged;
    }

    long size(Staged file) {
        return Long.parseLong(run("cat-file", "-s", file.id()).strip());
    }

    /** Streams a blob; closing it ends git. */
    InputStream open(Staged file) throws IOException {
        Process git = start("cat-file", "blob", file.id());
        return new FilterInputStream(git.getInputStream()) {
            @Override
            public void close() throws IOException {
                super.close();
                git.destroy();
            }
        };
    }

    String run(String... arguments) {
        try {
            Process git = start(arguments);
            byte[] answer;
            try (InputStream out = git.getInputStream()) {
                answer = out.readNBytes(MOST_BYTES);
            }
            int code = git.waitFor();
            if (code != 0) {
                throw new SecretsUnavailableException(
                        "git " + arguments[0] + " ended with " + code + " in " + repository);
            }
            return new String(answer, StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new SecretsUnavailableException("git cannot be run in " + repository, broken);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new SecretsUnavailableException("interrupted while git ran in " + repository, stopped);
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("git", "--no-optional-locks"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(repository.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

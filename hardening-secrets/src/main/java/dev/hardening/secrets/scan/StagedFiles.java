package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.GitProgram;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads what git is about to commit: the content in its index, not in the folder, which may differ.
 *
 * <p>Runs {@code git diff --cached --raw -z} and {@code git cat-file}. Of the environment {@code GIT_INDEX_FILE} is
 * kept, by which git tells a hook which index it commits.
 */
final class StagedFiles {
    private static final int NEW_MODE = 1;
    private static final int NEW_ID = 3;
    private static final int HEADER_FIELDS = 5;
    private static final int LARGEST_LIST = 64 << 20;
    private static final Times USUAL_TIMES = new Times(Duration.ofMinutes(2), Duration.ofMinutes(10));

    private final Path repository;
    private final GitProgram git;
    private final long start = System.nanoTime();
    private final Duration whole;

    StagedFiles(Path repository) {
        this(
                repository,
                Objects.requireNonNullElse(System.getenv("PATH"), ""),
                System.getenv("GIT_INDEX_FILE"),
                USUAL_TIMES);
    }

    StagedFiles(Path repository, String searchPath, @Nullable String index, Times times) {
        this.repository = repository;
        this.whole = times.whole();
        this.git = GitProgram.find(searchPath, repository, times.each())
                .orElseThrow(() -> unavailable("there is no git in a folder of the PATH, asked for", null))
                .withIndex(index);
    }

    /** How long each run of git may take, and after which time none is started for one more file. */
    record Times(Duration each, Duration whole) {}

    /** One file of the index. */
    record Staged(String path, String id, boolean regular) {}

    List<Staged> list() {
        String[] parts = diff().split("\0", -1);
        List<Staged> staged = new ArrayList<>();
        for (int at = 0; at + 1 < parts.length; at += 2) {
            String[] header = parts[at].split(" ", -1);
            if (header.length != HEADER_FIELDS) {
                throw unavailable("git diff did not answer as expected in", null);
            }
            staged.add(new Staged(parts[at + 1], header[NEW_ID], header[NEW_MODE].startsWith("100")));
        }
        return staged;
    }

    private String diff() {
        List<String> arguments = List.of(
                "diff",
                "--cached",
                "--raw",
                "-z",
                "--no-renames",
                "--no-relative",
                "--no-ext-diff",
                "--no-abbrev",
                "--diff-filter=ACMT");
        try (InputStream out = git.open(arguments)) {
            byte[] list = out.readNBytes(LARGEST_LIST);
            if (list.length == LARGEST_LIST) {
                throw unavailable("too many files are staged in", null);
            }
            return new String(list, StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw unavailable("git does not tell what is staged in", broken);
        }
    }

    /** The size of a blob; an object that is not here is not fetched. */
    long size(Staged file) throws IOException {
        if (System.nanoTime() - start >= whole.toNanos()) {
            throw new IOException("git had its time before " + file.id());
        }
        Optional<GitProgram.Answer> answer = git.run("", List.of("cat-file", "-s", file.id()));
        if (answer.isEmpty() || answer.get().exit() != 0) {
            throw new IOException("git does not have " + file.id());
        }
        return Long.parseLong(answer.get().output().strip());
    }

    /** Streams a blob, which fails unless it is whole; closing it ends git. */
    InputStream open(Staged file, long size) throws IOException {
        return new FilterInputStream(git.open(List.of("cat-file", "blob", file.id()))) {
            private long rest = size;

            @Override
            public int read() throws IOException {
                int octet = super.read();
                count(octet < 0 ? -1 : 1);
                return octet;
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
                int read = super.read(buffer, from, length);
                count(read);
                return read;
            }

            private void count(int read) throws IOException {
                rest -= Math.max(read, 0);
                if (rest < 0 || (read < 0 && rest > 0)) {
                    throw new IOException("git gave another size than it said for " + file.id());
                }
            }
        };
    }

    private SecretsUnavailableException unavailable(String what, @Nullable Throwable cause) {
        String message = what + " " + repository;
        return cause == null
                ? new SecretsUnavailableException(message)
                : new SecretsUnavailableException(message, cause);
    }
}

package dev.hardening.secrets.internal;

import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@code git} in a repository that may be hostile, for a bounded time and with bounded output.
 *
 * <p>The program is one that the {@code PATH} names by an absolute folder, so a {@code git} in the repository itself is
 * never run. The configuration of a repository can name programs; what reading needs of them is switched off: hooks, the
 * file system monitor, pagers, transports of every protocol, so that an object that is missing is not fetched. Of the
 * environment all that begins with {@code GIT_} is removed, since it could name another repository; the index alone may
 * be {@link #withIndex kept}. There is no shell. Rules that one user keeps for himself ({@code core.excludesFile}) do
 * not count, since they protect nobody else.
 *
 * <p>Immutable and safe for many threads.
 */
public final class GitProgram {
    private static final int OUTPUT = 8 << 20;
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final List<String> SAFE = List.of(
            "--no-pager",
            "--no-optional-locks",
            "--no-replace-objects",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.excludesFile=/dev/null",
            "-c",
            "core.quotePath=false",
            "-c",
            "protocol.allow=never");
    private static final List<String> NO_HOOKS = List.of("-c", "core.hooksPath=/dev/null");

    private final Path program;
    private final Path folder;
    private final Duration limit;
    private final @Nullable String index;

    private GitProgram(Path program, Path folder, Duration limit, @Nullable String index) {
        this.program = program;
        this.folder = folder;
        this.limit = limit;
        this.index = index;
    }

    /**
     * What a run came to.
     *
     * @param exit how it ended
     * @param output what it printed
     */
    public record Answer(int exit, String output) {
        /**
         * Divides output whose fields end in NUL.
         *
         * @return the fields
         */
        public List<String> fields() {
            List<String> fields = new ArrayList<>(List.of(output.split("\0", -1)));
            // What is behind the last end of a field is no field.
            fields.remove(fields.size() - 1);
            return List.copyOf(fields);
        }
    }

    /**
     * Looks for git.
     *
     * @param path folders as in the variable {@code PATH}; those that are not absolute are passed over
     * @param folder where to run it
     * @param limit how long one run may take
     * @return git, or empty if none of the folders has it
     */
    public static Optional<GitProgram> find(String path, Path folder, Duration limit) {
        Duration bounded = limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
        for (String each : path.split(Pattern.quote(File.pathSeparator), -1)) {
            Optional<Path> candidate = in(each);
            if (candidate.isPresent()) {
                return Optional.of(new GitProgram(candidate.get(), folder, bounded, null));
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> in(String folder) {
        try {
            return Optional.of(Path.of(folder).resolve("git"))
                    .filter(Path::isAbsolute)
                    .filter(Files::isRegularFile)
                    .filter(Files::isExecutable);
        } catch (InvalidPathException notHere) {
            return Optional.empty();
        }
    }

    /**
     * Lets git read an index other than the one of the repository, as a hook must.
     *
     * @param file the value of {@code GIT_INDEX_FILE}, if there is one
     * @return the same git with this index
     */
    public GitProgram withIndex(@Nullable String file) {
        return new GitProgram(program, folder, limit, file);
    }

    /**
     * Runs to the end.
     *
     * @param input what git reads
     * @param arguments behind {@code git}
     * @return the answer, or nothing: too long, too much, interrupted, or not startable
     */
    public Optional<Answer> run(String input, List<String> arguments) {
        List<String> all = new ArrayList<>(NO_HOOKS);
        all.addAll(arguments);
        return answered(input, all);
    }

    /**
     * Asks where git looks for hooks, which {@code core.hooksPath} may say; nothing is run there.
     *
     * @return the answer of {@code git rev-parse --git-path hooks}
     */
    public Optional<Answer> hooksFolder() {
        return answered("", List.of("rev-parse", "--git-path", "hooks"));
    }

    /**
     * Starts a run whose output is read as it comes, without a bound on its size.
     *
     * @param arguments behind {@code git}
     * @return the output; reading fails if git takes too long, and at the end if it ended with another code than 0.
     *     Closing ends git
     * @throws IOException if git cannot be started
     */
    public InputStream open(List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(NO_HOOKS);
        all.addAll(arguments);
        GitOutput output = start(ProcessBuilder.Redirect.PIPE, all);
        return new FilterInputStream(output) {
            @Override
            public int read() throws IOException {
                return checked(super.read());
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
                return checked(super.read(buffer, from, length));
            }

            private int checked(int read) throws IOException {
                if (read < 0 && output.exit() != 0) {
                    throw new IOException("git " + arguments.get(0) + " ended with " + output.exit());
                }
                return read;
            }
        };
    }

    private Optional<Answer> answered(String input, List<String> arguments) {
        try {
            if (input.isEmpty()) {
                return answered(ProcessBuilder.Redirect.PIPE, arguments);
            }
            // A file never fills up, while a pipe to a git that waits for something else would.
            Path file = Files.createTempFile("git-input", null);
            try {
                Files.write(file, input.getBytes(StandardCharsets.UTF_8));
                return answered(ProcessBuilder.Redirect.from(file.toFile()), arguments);
            } finally {
                Files.delete(file);
            }
        } catch (IOException failure) {
            return Optional.empty();
        }
    }

    private Optional<Answer> answered(ProcessBuilder.Redirect input, List<String> arguments) throws IOException {
        try (GitOutput output = start(input, arguments)) {
            byte[] printed = output.readNBytes(OUTPUT + 1);
            return printed.length > OUTPUT
                    ? Optional.empty()
                    : Optional.of(new Answer(output.exit(), new String(printed, StandardCharsets.UTF_8)));
        }
    }

    private GitOutput start(ProcessBuilder.Redirect input, List<String> arguments) throws IOException {
        if (!folder.getFileSystem().equals(FileSystems.getDefault())) {
            throw new IOException(folder + " is on a file system that git cannot see");
        }
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(SAFE);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(input)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        clean(builder.environment());
        long start = System.nanoTime();
        Process process = builder.start();
        try (OutputStream none = process.getOutputStream()) {
            none.flush();
        } catch (IOException endedEarly) {
            // Its exit code tells why.
        }
        return new GitOutput(process, start, limit);
    }

    private void clean(Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("GIT_"));
        environment.putAll(Map.of(
                "LC_ALL", "C",
                "GIT_OPTIONAL_LOCKS", "0",
                "GIT_TERMINAL_PROMPT", "0",
                "GIT_NO_LAZY_FETCH", "1",
                "GIT_ALLOW_PROTOCOL", "none"));
        if (index != null) {
            environment.put("GIT_INDEX_FILE", index);
        }
    }
}

package dev.hardening.secrets.repository;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.internal.GitProgram;
import dev.hardening.secrets.internal.PlainFile;
import dev.hardening.secrets.internal.Printable;
import dev.hardening.secrets.repository.GuardReport.Block;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Guarded;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Sees to it that git ignores files of secrets, and finds those it tracks already.
 *
 * <p>{@link #apply} adds a block of lines to the {@code .gitignore} of the folder, once; a second run changes no byte.
 * The rest of the file, its line ends and its mode stay. Then git itself is asked, with its own rules, whether the names
 * of secrets are ignored, in a folder whose name nobody could foresee, and which tracked files have such a name.
 * {@link #check} asks and writes nothing.
 *
 * <p>A repository may be hostile: no program that it names is run, and git has a bounded time and output. Where it
 * cannot be asked the answer says why; nothing is thrown. Safe for many threads; blocks for as long as git runs.
 */
public final class GitGuard {
    private static final int FILE_LIMIT = 1 << 20;
    private final Path folder;
    private final IgnoreBlock block;
    private final Duration timeLimit;
    private final String searchPath;
    private final SecureRandom random;

    private GitGuard(Builder builder, Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
        this.block = new IgnoreBlock(builder.more);
        this.timeLimit = builder.timeLimit;
        this.searchPath = builder.searchPath;
        this.random = builder.random;
    }

    /**
     * Starts a guard for a folder of a work tree, most often its top.
     *
     * @param folder the folder whose {@code .gitignore} gets the block
     * @return a builder, not safe for many threads
     */
    public static Builder of(Path folder) {
        return new Builder(Objects.requireNonNull(folder, "folder"));
    }

    /**
     * Asks git how the folder stands, and writes nothing.
     *
     * @return what {@link #apply} would do to the block, and the findings as they are without that
     */
    public GuardReport check() {
        return run(false);
    }

    /**
     * Adds the block where it lacks or has changed, and asks git how the folder stands.
     *
     * @return what was done and what is still wrong
     */
    public GuardReport apply() {
        return run(true);
    }

    private GuardReport run(boolean write) {
        if (!Files.isDirectory(folder)) {
            return new Unguarded(Reason.NO_REPOSITORY, folder + " is not a folder");
        }
        if (!folder.getFileSystem().equals(FileSystems.getDefault())) {
            return new Unguarded(Reason.NO_REPOSITORY, folder + " is on a file system that git cannot see");
        }
        Optional<GitProgram> git = GitProgram.find(searchPath, folder, timeLimit);
        if (git.isEmpty()) {
            return new Unguarded(Reason.NO_GIT, "there is no git in a folder of the PATH");
        }
        Optional<GitProgram.Answer> inside = git.get().run("", List.of("rev-parse", "--is-inside-work-tree"));
        if (inside.isEmpty()) {
            return new Unguarded(Reason.NO_ANSWER, "git did not answer within " + timeLimit);
        }
        if (inside.get().exit() != 0) {
            return noWorkTree();
        }
        if (!inside.get().output().strip().equals("true")) {
            return new Unguarded(Reason.NO_REPOSITORY, folder + " is in a repository and not in its work tree");
        }
        Path ignoreFile = folder.resolve(".gitignore");
        try {
            return guarded(git.get(), ignoreFile, write);
        } catch (IOException failure) {
            return new Unguarded(Reason.IGNORE_FILE, "cannot keep up the block: " + failure.getMessage());
        }
    }

    /** Git says no both where there is no repository and where it does not trust the one there is. */
    private GuardReport noWorkTree() {
        for (Path each = folder; each != null; each = each.getParent()) {
            if (Files.exists(each.resolve(".git"))) {
                return new Unguarded(
                        Reason.NO_ANSWER,
                        "git refuses the repository of " + each + "; run git status there to learn why");
            }
        }
        return new Unguarded(Reason.NO_REPOSITORY, folder + " is not in the work tree of a git repository");
    }

    private GuardReport guarded(GitProgram git, Path ignoreFile, boolean write) throws IOException {
        PlainFile file = PlainFile.at(ignoreFile);
        byte[] before = file.read(FILE_LIMIT).orElse(new byte[0]);
        Optional<byte[]> next = block.in(before);
        if (next.isEmpty()) {
            return new Unguarded(
                    Reason.IGNORE_FILE, ignoreFile + " holds half a block of hardening-secrets; remove its lines");
        }
        Block change = Arrays.equals(before, next.get())
                ? Block.UNCHANGED
                : IgnoreBlock.present(before) ? Block.UPDATED : Block.ADDED;
        if (write && change != Block.UNCHANGED) {
            file.replace(next.get());
        }
        List<Finding> findings = new ArrayList<>();
        Optional<Unguarded> failure = new TrackedSecrets(git, folder, timeLimit).add(block.patterns(), findings);
        if (failure.isEmpty()) {
            failure = new IgnoreProbes(git, folder, timeLimit, random).add(block.more(), findings);
        }
        return failure.<GuardReport>map(Function.identity()).orElseGet(() -> new Guarded(ignoreFile, change, findings));
    }

    /** Prepares a {@link GitGuard}; not safe for many threads. */
    public static final class Builder {
        private static final int MOST_CHARACTERS = 200;
        private static final int MOST_PATTERNS = 100;
        private static final Duration LONGEST = Duration.ofMinutes(10);

        private final Path folder;
        private final List<String> more = new ArrayList<>();
        private Duration timeLimit = Duration.ofSeconds(20);
        private SecureRandom random = new SecureRandom();
        private String searchPath = Objects.requireNonNullElse(System.getenv("PATH"), "");

        private Builder(Path folder) {
            this.folder = folder;
        }

        /**
         * Adds patterns to the block, such as {@code lms-data/}; without this it has the common names alone.
         *
         * @param patterns as in a {@code .gitignore}, one line each, at most 200 characters; none that takes back; 100
         *     in all
         * @return this builder
         */
        public Builder ignore(String... patterns) {
            more.addAll(List.of(patterns));
            return this;
        }

        /**
         * Bounds how long one run of git may take; 20 seconds where this is not called. A guard runs it three times, and
         * again for each tracked certificate and for names that git does not take together.
         *
         * @param limit above zero, 10 minutes at most
         * @return this builder
         */
        public Builder timeLimit(Duration limit) {
            timeLimit = Objects.requireNonNull(limit, "limit");
            return this;
        }

        /**
         * Gives the source of the names that git is asked about; a {@link SecureRandom} of its own if not called.
         *
         * @param source of randomness
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /** Where to look for git instead of the {@code PATH}. */
        Builder searchPath(String path) {
            searchPath = path;
            return this;
        }

        /**
         * Makes the guard.
         *
         * @return the guard
         * @throws SecretsConfigurationException with every fault at once
         */
        public GitGuard build() {
            List<String> faults = new ArrayList<>();
            for (String pattern : more) {
                if (pattern.isBlank()
                        || pattern.length() > MOST_CHARACTERS
                        || !pattern.equals(pattern.strip())
                        || pattern.startsWith("!")
                        || pattern.startsWith("#")
                        || !pattern.chars().allMatch(symbol -> symbol >= ' ' && symbol <= '~')) {
                    faults.add("ignore must be one line of printable ASCII, 200 characters at most, with no ! or # in"
                            + " front, got \"" + Printable.of(pattern) + "\"");
                }
            }
            if (more.size() > MOST_PATTERNS) {
                faults.add("ignore takes " + MOST_PATTERNS + " patterns at most, got " + more.size());
            }
            if (timeLimit.isNegative() || timeLimit.isZero() || timeLimit.compareTo(LONGEST) > 0) {
                faults.add("timeLimit must be above zero and at most " + LONGEST + ", got " + timeLimit);
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new GitGuard(this, folder);
        }
    }
}

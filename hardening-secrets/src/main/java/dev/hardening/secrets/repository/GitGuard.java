package dev.hardening.secrets.repository;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.internal.PlainFile;
import dev.hardening.secrets.repository.GuardReport.Block;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Finding.Kind;
import dev.hardening.secrets.repository.GuardReport.Guarded;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Sees to it that git ignores files of secrets, and finds those it tracks already.
 *
 * <p>{@link #apply} adds a block of lines to the {@code .gitignore} of the folder, once; a second run changes no byte.
 * The rest of the file, its line ends and its mode stay. Then git itself is asked, with its own rules, whether the names
 * of secrets are ignored, and which tracked files have such a name. {@link #check} asks and writes nothing.
 *
 * <p>A repository may be hostile: no program that it names is run, and git has a bounded time and output. Where it
 * cannot be asked the answer says why; nothing is thrown. Safe for many threads; blocks for as long as git runs.
 */
public final class GitGuard {
    private static final int FILE_LIMIT = 1 << 20;
    private static final int KEY_LIMIT = 1 << 16;
    private static final List<String> SECRETS = List.of(
            ".env",
            ".env.production",
            ".env.production.local",
            "a/.env.development",
            "secrets/x",
            "a/secrets/x",
            "a/b.key",
            "a/b.pem",
            "a/b.p12",
            "a/b.jks",
            "a/b.jwk");
    private static final List<String> EXAMPLES = List.of(".env.example", "a/.env.example");

    private final Path folder;
    private final IgnoreBlock block;
    private final Duration timeLimit;
    private final String searchPath;

    private GitGuard(Builder builder, Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
        this.block = new IgnoreBlock(builder.more);
        this.timeLimit = builder.timeLimit;
        this.searchPath = builder.searchPath;
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
        Block change = Block.UNCHANGED;
        if (!Arrays.equals(before, next.get())) {
            change = IgnoreBlock.present(before) ? Block.UPDATED : Block.ADDED;
            if (write) {
                file.replace(next.get());
            }
        }
        List<Finding> findings = new ArrayList<>();
        if (!addTracked(git, findings) || !addIgnored(git, findings)) {
            return new Unguarded(Reason.NO_ANSWER, "git did not answer in " + folder + " within " + timeLimit);
        }
        return new Guarded(ignoreFile, change, findings);
    }

    private boolean addTracked(GitProgram git, List<Finding> findings) {
        List<String> arguments = new ArrayList<>(List.of("ls-files", "-z", "--cached", "--ignored"));
        block.patterns().forEach(pattern -> arguments.add("--exclude=" + pattern));
        Optional<GitProgram.Answer> answer = git.run("", arguments);
        if (answer.isEmpty() || answer.get().exit() != 0) {
            return false;
        }
        answer.get().fields().stream()
                .filter(path -> !publicHalf(path))
                .map(GitGuard::printable)
                .map(path -> new Finding(
                        Kind.TRACKED,
                        path,
                        "run git rm --cached -- '" + path + "' and replace what it holds: it stays in the history"))
                .forEach(findings::add);
        return true;
    }

    /** Certificates and public keys often end as private keys do; a repository may hold them. */
    private boolean publicHalf(String path) {
        if (!path.endsWith(".pem") && !path.endsWith(".key")) {
            return false;
        }
        try {
            return PlainFile.at(folder.resolve(path))
                    .read(KEY_LIMIT)
                    .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
                    .filter(text -> text.contains("-----BEGIN ") && !text.contains("PRIVATE KEY"))
                    .isPresent();
        } catch (IOException unreadable) {
            return false;
        }
    }

    private boolean addIgnored(GitProgram git, List<Finding> findings) {
        List<String> probes = new ArrayList<>(SECRETS);
        block.more().stream().filter(GitGuard::literal).map(GitGuard::probe).forEach(probes::add);
        String input = String.join("\0", probes) + "\0" + String.join("\0", EXAMPLES) + "\0";
        Optional<GitProgram.Answer> answer =
                git.run(input, List.of("check-ignore", "--no-index", "--verbose", "-z", "--stdin"));
        if (answer.isEmpty() || answer.get().exit() > 1) {
            return false;
        }
        Set<String> ignored = ignored(answer.get().fields());
        probes.stream()
                .filter(path -> !ignored.contains(path))
                .map(path -> new Finding(
                        Kind.NOT_IGNORED,
                        path,
                        "add the block of this guard, or remove the rule that takes this name back: git check-ignore"
                                + " --no-index -v " + path))
                .forEach(findings::add);
        EXAMPLES.stream()
                .filter(ignored::contains)
                .map(path -> new Finding(
                        Kind.WRONGLY_IGNORED,
                        path,
                        "remove the rule that ignores this name: git check-ignore --no-index -v " + path))
                .forEach(findings::add);
        return true;
    }

    /** Answers come as source, line, rule and path; a rule that takes back, or that only this clone has, ignores nothing. */
    private static Set<String> ignored(List<String> fields) {
        Set<String> ignored = new HashSet<>();
        for (int at = 0; at + 3 < fields.size(); at += 4) {
            boolean shared = !fields.get(at).endsWith("info/exclude");
            if (shared && !fields.get(at + 2).startsWith("!")) {
                ignored.add(fields.get(at + 3));
            }
        }
        return ignored;
    }

    private static boolean literal(String pattern) {
        return pattern.chars().noneMatch(symbol -> "*?[]\\!:".indexOf(symbol) >= 0);
    }

    private static String probe(String pattern) {
        String path = pattern.startsWith("/") ? pattern.substring(1) : pattern;
        return path.endsWith("/") ? path + "x" : path;
    }

    /** A name may hold what a terminal takes for an order. */
    private static String printable(String path) {
        return path.replaceAll("[\\p{Cntrl}\\p{Cf}']", "?");
    }

    /** Prepares a {@link GitGuard}; not safe for many threads. */
    public static final class Builder {
        private static final int MOST_CHARACTERS = 200;

        private final Path folder;
        private final List<String> more = new ArrayList<>();
        private Duration timeLimit = Duration.ofSeconds(20);
        private String searchPath = Objects.requireNonNullElse(System.getenv("PATH"), "");

        private Builder(Path folder) {
            this.folder = folder;
        }

        /**
         * Adds patterns to the block, such as {@code lms-data/}; without this it has the common names alone.
         *
         * @param patterns as in a {@code .gitignore}, one line each, at most 200 characters; none that takes back
         * @return this builder
         */
        public Builder ignore(String... patterns) {
            more.addAll(List.of(patterns));
            return this;
        }

        /**
         * Bounds how long one run of git may take; 20 seconds where this is not called. A guard runs it three times.
         *
         * @param limit above zero
         * @return this builder
         */
        public Builder timeLimit(Duration limit) {
            timeLimit = Objects.requireNonNull(limit, "limit");
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
                            + " front, got \"" + printable(pattern) + "\"");
                }
            }
            if (timeLimit.isNegative() || timeLimit.isZero()) {
                faults.add("timeLimit must be above zero, got " + timeLimit);
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new GitGuard(this, folder);
        }
    }
}

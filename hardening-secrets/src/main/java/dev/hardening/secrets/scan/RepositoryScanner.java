package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.scan.ScanReport.Reason;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for secrets in a tree of files, or in what git is about to commit.
 *
 * <p>All rules are read in one pass over the bytes and take linear time whatever the text; memory does not grow with a
 * file. Left out without a word: {@code .git}, {@code target}, {@code node_modules} and what {@link Builder#exclude}
 * names. Everything else that is not read is in the report: files over 64 MiB, unreadable ones, text of two bytes a
 * character; binaries and links are counted. Links are not followed and archives not opened. What
 * {@code .gitignore} names is read like the rest, for that is where secrets lie.
 *
 * <p>A secret on a line that holds {@code hardening:allow-secret} is counted and not reported. Safe for many threads;
 * one scan runs on the thread that calls it and reads files.
 */
public final class RepositoryScanner {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryScanner.class);
    private static final long USUAL_LARGEST = 64L << 20;
    private static final Set<String> SKIPPED_FOLDERS = Set.of(".git", "target", "node_modules");

    private final Baseline baseline;
    private final List<PathMatcher> included;
    private final List<PathMatcher> excluded;
    private final long largest;
    private final Progress progress;

    private RepositoryScanner(Builder builder, List<PathMatcher> included, List<PathMatcher> excluded) {
        this.baseline = builder.baseline;
        this.included = included;
        this.excluded = excluded;
        this.largest = builder.largest;
        this.progress = builder.progress;
    }

    /** Told after each file, on the thread that scans; what it throws is logged once and dropped. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Hears how far the scan is.
         *
         * @param files scanned so far
         * @param bytes scanned so far
         */
        void scanned(long files, long bytes);
    }

    /**
     * Starts a scanner of everything with all rules and no baseline.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Scans a folder with all below it.
     *
     * @param root a folder
     * @return what was found
     * @throws SecretsConfigurationException if {@code root} is not a folder
     */
    public ScanReport scan(Path root) {
        checkFolder(root);
        Run run = new Run(root);
        try {
            Files.walkFileTree(root, run.visitor());
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the folder " + root + " cannot be read", broken);
        }
        return run.scan.report(path -> selected(Path.of(path)));
    }

    /**
     * Scans some files of a folder, as a list of changed ones.
     *
     * @param root a folder
     * @param files below it; relative ones are taken from it
     * @return what was found; a file that does not exist is in {@link ScanReport#unscanned}
     * @throws SecretsConfigurationException if {@code root} is not a folder, or a file does not lie below it
     */
    public ScanReport scanFiles(Path root, List<Path> files) {
        checkFolder(root);
        Run run = new Run(root);
        Path base = root.toAbsolutePath().normalize();
        Set<String> covered =
                files.stream().map(file -> run.pathOf(below(base, file))).collect(Collectors.toSet());
        for (Path file : files) {
            run.file(below(base, file));
        }
        return run.scan.report(covered::contains);
    }

    /**
     * Scans what {@code git commit} would commit: the content in the index, whatever the folder holds.
     *
     * @param repository the top of a working tree
     * @return what was found
     * @throws SecretsConfigurationException if {@code repository} is not a folder
     * @throws SecretsUnavailableException if git cannot be run or does not know the folder
     */
    public ScanReport scanStaged(Path repository) {
        checkFolder(repository);
        StagedFiles index = new StagedFiles(repository);
        Run run = new Run(repository);
        List<StagedFiles.Staged> staged = index.list();
        for (StagedFiles.Staged file : staged) {
            if (!file.regular()) {
                run.scan.link();
            } else if (selected(Path.of(file.path()))) {
                run.scan.scan(file.path(), index.size(file), () -> index.open(file));
                run.tell();
            }
        }
        Set<String> covered = staged.stream().map(StagedFiles.Staged::path).collect(Collectors.toSet());
        return run.scan.report(covered::contains);
    }

    private static void checkFolder(Path root) {
        if (!Files.isDirectory(Objects.requireNonNull(root, "root"))) {
            throw new SecretsConfigurationException(List.of(root + " is not a folder"));
        }
    }

    private static Path below(Path base, Path file) {
        Path absolute = base.resolve(file).normalize();
        if (!absolute.startsWith(base) || absolute.equals(base)) {
            throw new SecretsConfigurationException(List.of(file + " does not lie below " + base));
        }
        return absolute;
    }

    private boolean selected(Path relative) {
        boolean wanted = included.isEmpty() || included.stream().anyMatch(glob -> glob.matches(relative));
        return wanted && excluded.stream().noneMatch(glob -> glob.matches(relative));
    }

    /** One scan of a tree. */
    private final class Run {
        private final Path root;
        private final FileScan scan = new FileScan(baseline, largest);
        private boolean deaf;

        Run(Path root) {
            this.root = root.toAbsolutePath().normalize();
        }

        SimpleFileVisitor<Path> visitor() {
            return new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    Path name = folder.getFileName();
                    boolean skipped = !folder.toAbsolutePath().normalize().equals(root)
                            && name != null
                            && (SKIPPED_FOLDERS.contains(name.toString())
                                    || excluded.stream().anyMatch(glob -> glob.matches(relative(folder))));
                    return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (selected(relative(file))) {
                        file(file, attributes);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException broken) {
                    scan.leaveOut(pathOf(file), Reason.UNREADABLE);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException broken) {
                    if (broken != null) {
                        scan.leaveOut(pathOf(folder), Reason.UNREADABLE);
                    }
                    return FileVisitResult.CONTINUE;
                }
            };
        }

        void file(Path file) {
            try {
                file(file, Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
            } catch (IOException broken) {
                scan.leaveOut(pathOf(file), Reason.UNREADABLE);
            }
        }

        private void file(Path file, BasicFileAttributes attributes) {
            if (!attributes.isRegularFile()) {
                scan.link();
                return;
            }
            scan.scan(pathOf(file), attributes.size(), () -> Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS));
            tell();
        }

        private void tell() {
            try {
                if (!deaf) {
                    progress.scanned(scan.files(), scan.bytes());
                }
            } catch (RuntimeException thrown) {
                deaf = true;
                LOG.warn("the progress listener of a scan failed and is not told any more", thrown);
            }
        }

        private Path relative(Path file) {
            return root.relativize(file.toAbsolutePath().normalize());
        }

        String pathOf(Path file) {
            return relative(file).toString().replace(file.getFileSystem().getSeparator(), "/");
        }
    }

    /** Collects what to scan; not safe for many threads. */
    public static final class Builder {
        private final List<String> included = new ArrayList<>();
        private final List<String> excluded = new ArrayList<>();
        private Baseline baseline = Baseline.none();
        private long largest = USUAL_LARGEST;
        private Progress progress = (files, bytes) -> {};

        private Builder() {}

        /**
         * Gives the secrets that are known; none if not called.
         *
         * @param known what is not new
         * @return this builder
         */
        public Builder baseline(Baseline known) {
            baseline = Objects.requireNonNull(known, "known");
            return this;
        }

        /**
         * Scans these files only; all if not called.
         *
         * @param globs as of {@link java.nio.file.FileSystem#getPathMatcher}, on the path below the root
         * @return this builder
         */
        public Builder include(String... globs) {
            included.addAll(List.of(globs));
            return this;
        }

        /**
         * Leaves these files and folders out, in addition to {@code .git}, {@code target} and {@code node_modules}.
         *
         * @param globs as of {@link java.nio.file.FileSystem#getPathMatcher}, on the path below the root
         * @return this builder
         */
        public Builder exclude(String... globs) {
            excluded.addAll(List.of(globs));
            return this;
        }

        /**
         * Changes the size from which on a file is listed and not read; 64 MiB if not called.
         *
         * @param bytes at least 1
         * @return this builder
         */
        public Builder largestFile(long bytes) {
            largest = bytes;
            return this;
        }

        /**
         * Names who hears how far a scan is; nobody if not called.
         *
         * @param listener quick, and for the thread that scans
         * @return this builder
         */
        public Builder progress(Progress listener) {
            progress = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Makes the scanner.
         *
         * @return the scanner
         * @throws SecretsConfigurationException if a glob is malformed or the largest size is not positive
         */
        public RepositoryScanner build() {
            List<String> faults = new ArrayList<>();
            if (largest < 1) {
                faults.add("largestFile must be at least 1, got " + largest);
            }
            List<PathMatcher> wanted = matchers(included, faults);
            List<PathMatcher> unwanted = matchers(excluded, faults);
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new RepositoryScanner(this, wanted, unwanted);
        }

        private static List<PathMatcher> matchers(List<String> globs, List<String> faults) {
            List<PathMatcher> matchers = new ArrayList<>();
            for (String glob : globs) {
                try {
                    matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + glob));
                } catch (PatternSyntaxException malformed) {
                    faults.add("the glob " + glob + " is malformed");
                }
            }
            return List.copyOf(matchers);
        }
    }
}

package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.scan.ScanReport.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for secrets in a tree of files, or in what git is about to commit.
 *
 * <p>All rules are read in one pass over the bytes and take linear time whatever the text; memory does not grow with a
 * file. Left out without a word: {@code .git}, {@code target}, {@code node_modules} and what {@link Builder#exclude}
 * names. Everything else that is not read is in the report: files over 64 MiB, unreadable ones, binaries with a name
 * of text; other binaries and links are counted. UTF-16 and UTF-32 are read as text. Links are not followed and
 * archives not opened. What {@code .gitignore} names is read like the rest, for that is where secrets lie.
 *
 * <p>A secret on a line that holds {@code hardening:allow-secret} is counted and not reported. Safe for many threads;
 * one scan runs on the thread that calls it and reads files.
 */
public final class RepositoryScanner {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryScanner.class);
    private static final long USUAL_LARGEST = 64L << 20;
    private static final int USUAL_MOST = 1000;

    private final Baseline baseline;
    private final Selection selection;
    private final long largest;
    private final int most;
    private final Progress progress;

    private RepositoryScanner(Builder builder, Selection selection) {
        this.baseline = builder.baseline;
        this.selection = selection;
        this.largest = builder.largest;
        this.most = builder.most;
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
     * @param root a folder, or a link to one
     * @return what was found
     * @throws SecretsConfigurationException if {@code root} is not a folder
     */
    public ScanReport scan(Path root) {
        Run run = new Run(realFolder(root));
        run.tree();
        return run.scan.report(selection::reached);
    }

    /**
     * Scans some files of a folder, as a list of changed ones.
     *
     * @param root a folder, or a link to one
     * @param files below it; relative ones are taken from it; the globs of the scanner leave out of them what they name
     * @return what was found; a file that does not exist, and what is a folder or a link, is in
     *     {@link ScanReport#unscanned}
     * @throws SecretsConfigurationException if {@code root} is not a folder, or a file does not lie below it
     */
    public ScanReport scanFiles(Path root, List<Path> files) {
        Run run = new Run(realFolder(root));
        Path base = root.toAbsolutePath().normalize();
        Set<Path> wanted = files.stream()
                .map(file -> below(base, file))
                .filter(selection::wanted)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        wanted.forEach(file -> run.named(run.root.resolve(file)));
        Set<String> covered = wanted.stream().map(Run::spelled).collect(Collectors.toSet());
        return run.scan.report(covered::contains);
    }

    /**
     * Scans what {@code git commit} would commit: the content in the index, whatever the folder holds.
     *
     * <p>The repository may be hostile: no program that it names is run, nothing is fetched, and git has bounded time.
     *
     * @param repository the top of a working tree
     * @return what was found; a blob that git does not have whole is in {@link ScanReport#unscanned}
     * @throws SecretsConfigurationException if {@code repository} is not a folder
     * @throws SecretsUnavailableException if git cannot be run or does not know the folder
     */
    public ScanReport scanStaged(Path repository) {
        Run run = new Run(realFolder(repository));
        StagedFiles index = new StagedFiles(run.root);
        List<StagedFiles.Staged> staged = index.list().stream()
                .filter(file -> selection.wanted(file.path()))
                .toList();
        for (StagedFiles.Staged file : staged) {
            if (file.regular()) {
                run.staged(index, file);
            } else {
                run.scan.link(file.path());
            }
        }
        Set<String> covered = staged.stream().map(StagedFiles.Staged::path).collect(Collectors.toSet());
        return run.scan.report(covered::contains);
    }

    /** The walk of a link would end at once, so it starts where the link leads. */
    private static Path realFolder(Path root) {
        if (!Files.isDirectory(Objects.requireNonNull(root, "root"))) {
            throw new SecretsConfigurationException(List.of(root + " is not a folder"));
        }
        try {
            return root.toRealPath();
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the folder " + root + " cannot be read", broken);
        }
    }

    private static Path below(Path base, Path file) {
        Path absolute = base.resolve(file).normalize();
        if (!absolute.startsWith(base) || absolute.equals(base)) {
            throw new SecretsConfigurationException(List.of(file + " does not lie below " + base));
        }
        return base.relativize(absolute);
    }

    /** One scan of a tree. */
    private final class Run implements TreeWalk.Visitor {
        private final Path root;
        private final FileScan scan = new FileScan(baseline, largest, most);
        private boolean deaf;

        Run(Path root) {
            this.root = root;
        }

        void tree() {
            new TreeWalk(root, selection, this).walk();
        }

        @Override
        public void unreadable(Path path) {
            scan.leaveOut(pathOf(path), Reason.UNREADABLE);
        }

        /** A file that somebody named: there is no silence about it. */
        void named(Path file) {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isRegularFile()) {
                    file(file, attributes);
                } else {
                    scan.leaveOut(pathOf(file), Reason.NOT_REGULAR);
                }
            } catch (IOException broken) {
                scan.leaveOut(pathOf(file), Reason.UNREADABLE);
            }
        }

        void staged(StagedFiles index, StagedFiles.Staged file) {
            try {
                long size = index.size(file);
                scan.scan(file.path(), size, () -> index.open(file, size));
            } catch (IOException missing) {
                scan.leaveOut(file.path(), Reason.UNREADABLE);
            }
            tell();
        }

        @Override
        public void file(Path file, BasicFileAttributes attributes) {
            if (!attributes.isRegularFile()) {
                scan.link(pathOf(file));
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

        private String pathOf(Path file) {
            return spelled(root.relativize(file));
        }

        static String spelled(Path relative) {
            return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
        }
    }

    /** Collects what to scan; not safe for many threads. */
    public static final class Builder {
        private final List<String> included = new ArrayList<>();
        private final List<String> excluded = new ArrayList<>();
        private Baseline baseline = Baseline.none();
        private long largest = USUAL_LARGEST;
        private int most = USUAL_MOST;
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
         * Changes how many secrets that are not known one scan lists; 1000 if not called. Each different secret of a file,
         * a known one too, takes up to a tenth of a second for its fingerprint. A file with more of them is in
         * {@link ScanReport#unscanned}.
         *
         * @param findings at least 1
         * @return this builder
         */
        public Builder mostFindings(int findings) {
            most = findings;
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
         * @throws SecretsConfigurationException if a glob is malformed or a number is not positive
         */
        public RepositoryScanner build() {
            List<String> faults = new ArrayList<>();
            if (largest < 1) {
                faults.add("largestFile must be at least 1, got " + largest);
            }
            if (most < 1) {
                faults.add("mostFindings must be at least 1, got " + most);
            }
            Selection selection = Selection.of(included, excluded, faults);
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new RepositoryScanner(this, selection);
        }
    }
}

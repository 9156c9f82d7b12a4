package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.scan.Baseline;
import dev.hardening.secrets.scan.RepositoryScanner;
import dev.hardening.secrets.scan.ScanReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** Looks for secrets in files, in what git is about to commit, and before each commit. */
final class ScanVerb implements Verb {
    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Finds secrets in a folder, in files, or in what git is about to commit.",
                "  hardening-secrets scan . --baseline secrets.baseline --format sarif");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("PATH")
                .type(List.class)
                .auxiliaryTypes(Path.class)
                .description("A folder, or files below this one; this folder if nothing else is said.")
                .build());
        spec.addOption(Syntax.path("--baseline", "FILE", "The secrets that are known, so that new ones are found."));
        spec.addOption(Syntax.flag("--update-baseline", "Take what is found into the baseline, make it if need be."));
        spec.addOption(Syntax.text("--format", "FORMAT", "text (if nothing else is said), json or sarif."));
        spec.addOption(Syntax.many("--include", "GLOB", "Scan only what matches; may be repeated."));
        spec.addOption(Syntax.many("--exclude", "GLOB", "Leave out what matches; may be repeated."));
        spec.addOption(Syntax.number("--most-findings", "N", "List up to N new ones; 1000 if nothing else is said."));
        spec.addOption(Syntax.flag("--staged", "Scan what git is about to commit."));
        spec.addOption(Syntax.flag(
                "--install-hook",
                "Make git scan before each commit, with the patterns, baseline, format and limit given here."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Format format = format(given);
        if (Syntax.has(given, "--install-hook")) {
            // A pattern that no scan takes would end every commit.
            scanner(given, Optional.empty(), (files, bytes) -> {});
            return HookInstallation.run(given, here, paths(given, here));
        }
        Optional<Path> file = Syntax.has(given, "--baseline")
                ? Optional.of(here.path(given.matchedOptionValue("--baseline", Path.of(""))))
                : Optional.empty();
        boolean update = Syntax.has(given, "--update-baseline");
        if (update && file.isEmpty()) {
            throw new IllegalArgumentException("--update-baseline needs --baseline FILE");
        }
        Optional<Baseline> baseline = file.map(path -> baseline(path, update));
        ScanReport report;
        try (Progress progress = new Progress(here)) {
            report = scan(given, here, scanner(given, baseline, (files, bytes) -> progress.bytes(bytes)));
        }
        if (update && !Syntax.dry(given)) {
            baseline.orElseThrow().accept(report).write(file.orElseThrow());
        }
        return new Answer().document(format.text(report)).exitIf(update ? !report.complete() : !report.passed());
    }

    private static Baseline baseline(Path file, boolean update) {
        return Baseline.read(file).orElseGet(() -> {
            if (!update) {
                throw new SecretsUnavailableException("the baseline " + file + " does not exist");
            }
            return Baseline.create(new SecureRandom());
        });
    }

    private static RepositoryScanner scanner(
            ParseResult given, Optional<Baseline> baseline, RepositoryScanner.Progress progress) {
        RepositoryScanner.Builder scanner = RepositoryScanner.builder()
                .exclude(Syntax.list(given, "--exclude").toArray(String[]::new))
                .mostFindings(mostFindings(given))
                .progress(progress);
        if (Syntax.has(given, "--include")) {
            scanner.include(Syntax.list(given, "--include").toArray(String[]::new));
        }
        baseline.ifPresent(scanner::baseline);
        try {
            return scanner.build();
        } catch (SecretsConfigurationException malformed) {
            throw new IllegalArgumentException(
                    "--include and --exclude must be globs, such as docs/**; one of them is malformed", malformed);
        }
    }

    static int mostFindings(ParseResult given) {
        int most = given.matchedOptionValue("--most-findings", 1000);
        if (most < 1) {
            throw new IllegalArgumentException("--most-findings must be at least 1, got " + most);
        }
        return most;
    }

    private static ScanReport scan(ParseResult given, Surroundings here, RepositoryScanner scanner) {
        List<Path> paths = paths(given, here);
        boolean folder = paths.size() == 1 && !Files.isRegularFile(paths.get(0));
        if (Syntax.has(given, "--staged")) {
            if (!folder) {
                throw new IllegalArgumentException("--staged takes one folder");
            }
            return scanner.scanStaged(paths.get(0));
        }
        if (!folder && !paths.stream().allMatch(path -> below(here.folder(), path))) {
            throw new IllegalArgumentException("scan takes one folder, or files below this one");
        }
        return folder ? scanner.scan(paths.get(0)) : scanner.scanFiles(here.folder(), paths);
    }

    private static List<Path> paths(ParseResult given, Surroundings here) {
        List<Path> words = given.matchedPositionalValue(0, List.of());
        return words.isEmpty()
                ? List.of(here.folder())
                : words.stream().map(here::path).map(Present::file).toList();
    }

    private static boolean below(Path folder, Path file) {
        Path base = folder.toAbsolutePath().normalize();
        return !Files.isDirectory(file) && file.toAbsolutePath().normalize().startsWith(base);
    }

    private static Format format(ParseResult given) {
        Format asked = Words.constant(Format.class, "--format", given.matchedOptionValue("--format", "text"));
        return Syntax.json(given) ? Format.JSON : asked;
    }

    /** The forms of a report. */
    private enum Format {
        TEXT,
        JSON,
        SARIF;

        String text(ScanReport report) {
            return switch (this) {
                case TEXT -> Plain.lines(report.toText());
                case JSON -> report.toJson().strip() + "\n";
                case SARIF -> report.toSarif().strip() + "\n";
            };
        }
    }
}

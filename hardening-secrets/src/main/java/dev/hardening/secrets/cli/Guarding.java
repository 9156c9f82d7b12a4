package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.repository.GitGuard;
import dev.hardening.secrets.repository.GuardReport;
import dev.hardening.secrets.repository.GuardReport.Block;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Guarded;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** Runs the guard of a repository and tells what it found. */
final class Guarding {
    /** Names that are the same as a rule of git as they are as a name. */
    private static final Pattern ASKABLE = Pattern.compile("[A-Za-z0-9._@%+=,~-]{1,200}");

    private Guarding() {}

    static GuardReport run(GitGuard guard, boolean dry) {
        return dry ? guard.check() : guard.apply();
    }

    /**
     * Guards the folder of a file that is to hold secrets, and asks git about the name of that file too, whatever it is.
     * Where there is a repository and git does not answer for it, nothing may be written.
     */
    static GuardReport around(Path file, boolean dry) {
        Path folder = Objects.requireNonNull(file.getParent(), "an absolute file has a folder");
        GuardReport report = answered(run(GitGuard.of(folder).build(), dry), folder);
        if (!(report instanceof Guarded guarded) || (dry && guarded.block() != Block.UNCHANGED)) {
            return report;
        }
        List<Finding> findings = new ArrayList<>(guarded.findings());
        own(file, folder).stream()
                .filter(finding -> !named(guarded, finding.path(), finding.kind()))
                .forEach(findings::add);
        return new Guarded(guarded.ignoreFile(), guarded.block(), findings);
    }

    /** Whether git has the file, or would take it in; before the block is there a dry run only knows the first. */
    static boolean exposed(GuardReport report, Path file, boolean dry) {
        String name = String.valueOf(file.getFileName());
        return report instanceof Guarded guarded
                && (named(guarded, name, Finding.Kind.TRACKED)
                        || (named(guarded, name, Finding.Kind.NOT_IGNORED)
                                && (!dry || guarded.block() == Block.UNCHANGED)));
    }

    private static boolean named(Guarded guarded, String path, Finding.Kind kind) {
        return guarded.findings().stream().anyMatch(finding -> finding.path().equals(path) && finding.kind() == kind);
    }

    /** Where there is no repository there is nothing to guard; all other reasons leave open what git would take in. */
    static GuardReport answered(GuardReport report, Path folder) {
        if (report instanceof Unguarded unguarded && repository(unguarded, folder)) {
            throw new SecretsUnavailableException(
                    unguarded.message() + "; no secret was written, --no-guard writes without git");
        }
        return report;
    }

    private static boolean repository(Unguarded unguarded, Path folder) {
        return switch (unguarded.reason()) {
            case NO_REPOSITORY -> false;
            case NO_GIT -> above(folder);
            case NO_ANSWER, IGNORE_FILE -> true;
        };
    }

    private static boolean above(Path folder) {
        for (Path each = folder; each != null; each = each.getParent()) {
            if (Files.exists(each.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
                return true;
            }
        }
        return false;
    }

    private static List<Finding> own(Path file, Path folder) {
        String name = String.valueOf(file.getFileName());
        if (!ASKABLE.matcher(name).matches()) {
            return List.of(new Finding(
                    Finding.Kind.NOT_IGNORED, name, "git is not asked about a name like this; give it a plainer one"));
        }
        GuardReport report = answered(GitGuard.of(folder).ignore(name).build().check(), folder);
        return report instanceof Guarded guarded
                ? guarded.findings().stream()
                        .filter(finding -> finding.path().equals(name))
                        .map(finding -> finding.kind() == Finding.Kind.NOT_IGNORED
                                ? new Finding(
                                        finding.kind(),
                                        name,
                                        "add a line /" + name + " to " + folder.resolve(".gitignore")
                                                + ", or take a name like .env.production")
                                : finding)
                        .distinct()
                        .toList()
                : List.of();
    }

    static void tell(Answer answer, GuardReport report, boolean dry) {
        if (report instanceof Guarded guarded) {
            guarded(answer, guarded, dry);
        } else if (report instanceof Unguarded unguarded) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("guarded", false);
            members.put("reason", Words.of(unguarded.reason()));
            answer.line("not guarded: " + unguarded.message()).with("guard", members);
        }
    }

    private static void guarded(Answer answer, Guarded guarded, boolean dry) {
        String block = Words.of(guarded.block());
        answer.line(guarded.ignoreFile() + ": block " + (dry && !block.equals("unchanged") ? "would be " : "") + block);
        List<Object> findings = new ArrayList<>();
        guarded.findings().forEach(finding -> {
            answer.line("  " + Words.of(finding.kind()) + " " + finding.path() + ": " + finding.remedy());
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("kind", Words.of(finding.kind()));
            members.put("path", finding.path());
            members.put("remedy", finding.remedy());
            findings.add(members);
        });
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("guarded", true);
        members.put("block", block);
        members.put("findings", findings);
        answer.with("guard", members)
                .exitIf(dry ? !guarded.clean() : !guarded.findings().isEmpty());
    }
}

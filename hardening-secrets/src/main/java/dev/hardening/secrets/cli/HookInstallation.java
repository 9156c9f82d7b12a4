package dev.hardening.secrets.cli;

import dev.hardening.secrets.scan.PreCommitHook;
import dev.hardening.secrets.scan.PreCommitHook.Outcome;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParseResult;

/** Makes git scan before each commit as this command line would. */
final class HookInstallation {
    private HookInstallation() {}

    static Answer run(ParseResult given, Surroundings here, List<Path> paths) {
        if (paths.size() > 1 || Syntax.has(given, "--update-baseline")) {
            throw new IllegalArgumentException("--install-hook takes one folder, and no --update-baseline");
        }
        Path repository = paths.get(0);
        boolean dry = Syntax.dry(given);
        List<String> command = command(given, here);
        String words = String.join(" ", command);
        Outcome outcome = dry ? PreCommitHook.preview(repository, command) : PreCommitHook.install(repository, command);
        Path hook = PreCommitHook.file(repository);
        boolean shared = !hook.startsWith(top(repository));
        Answer answer = new Answer()
                .with("repository", repository)
                .with("command", command)
                .with("dryRun", dry)
                .with("hook", Words.of(outcome))
                .with("file", hook)
                .with("shared", shared);
        if (outcome == Outcome.FOREIGN_HOOK) {
            answer.line("there is a hook already; add to it: " + words).exit(Exit.FINDINGS);
        } else {
            answer.line(dry ? "would run before each commit: " + words : "hook " + Words.of(outcome));
        }
        return shared
                ? answer.line("not of this repository alone, but of all whose hooks git takes from " + hook)
                : answer;
    }

    private static List<String> command(ParseResult given, Surroundings here) {
        if (here.self().isEmpty()) {
            throw new IllegalArgumentException(
                    "--install-hook cannot tell how this program is started from another folder;"
                            + " start it by java -jar, or with a class path of plain files and folders");
        }
        List<String> command = new ArrayList<>(here.self());
        command.addAll(List.of("scan", "--staged"));
        if (Syntax.has(given, "--baseline")) {
            command.add("--baseline");
            command.add(here.path(given.matchedOptionValue("--baseline", Path.of("")))
                    .toString());
        }
        if (Syntax.has(given, "--format")) {
            command.addAll(List.of("--format", Syntax.text(given, "--format")));
        }
        if (Syntax.has(given, "--most-findings")) {
            command.addAll(List.of("--most-findings", Integer.toString(ScanVerb.mostFindings(given))));
        }
        for (String option : List.of("--include", "--exclude")) {
            for (String glob : Syntax.list(given, option)) {
                command.add(option);
                command.add(glob);
            }
        }
        return command;
    }

    /** Where the working tree begins; a hook that lies elsewhere is that of other repositories and trees too. */
    private static Path top(Path folder) {
        for (Path each = folder; each != null; each = each.getParent()) {
            if (Files.exists(each.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
                return each;
            }
        }
        return folder;
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.repository.GitGuard;
import dev.hardening.secrets.repository.GuardReport;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Keeps files with secrets out of git. */
final class GuardVerb implements Verb {
    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Keeps files with secrets out of git, and tells which ones are in it.",
                "  hardening-secrets guard --ignore lms-data/ --dry-run");
        spec.addPositional(Syntax.optional(0, "FOLDER", Path.class, "The folder whose .gitignore gets the block."));
        spec.addOption(Syntax.many("--ignore", "PATTERN", "Ignore this too; may be repeated."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        boolean dry = Syntax.dry(given);
        Path folder = here.path(given.matchedPositionalValue(0, here.folder()));
        GitGuard guard = guard(folder, Syntax.list(given, "--ignore"));
        GuardReport report = Guarding.run(guard, dry);
        if (report instanceof Unguarded unguarded) {
            throw new SecretsUnavailableException(unguarded.message());
        }
        Answer answer = new Answer().with("folder", folder).with("dryRun", dry);
        Guarding.tell(answer, report, dry);
        return answer;
    }

    private static GitGuard guard(Path folder, List<String> more) {
        try {
            return GitGuard.of(folder).ignore(more.toArray(String[]::new)).build();
        } catch (SecretsConfigurationException refused) {
            throw new IllegalArgumentException(
                    "--ignore must be one line of printable ASCII, 200 characters at most, with no ! or # in front; 100 of"
                            + " them at most",
                    refused);
        }
    }
}

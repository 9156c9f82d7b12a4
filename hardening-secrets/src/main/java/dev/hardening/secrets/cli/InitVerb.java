package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.repository.GuardReport;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Tops an env file up with the secrets a service needs, and keeps it out of git. */
final class InitVerb implements Verb {
    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Adds the secrets that an env file lacks; changes nothing that is there.",
                "  hardening-secrets init --profile production --name MAIL_TOKEN=base58:192");
        EnvPlace.describe(spec);
        spec.addOption(Syntax.many(
                "--name",
                "NAME[=KIND]",
                "Ask for this one instead of JWT_SECRET, JWT_REFRESH_SECRET, SESSION_SECRET and ENCRYPTION_KEY; may be"
                        + " repeated. KIND is " + SpecSyntax.FORMS + "."));
        spec.addOption(Syntax.flag("--no-guard", "Leave the repository around the file alone."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path file = EnvPlace.ofSecrets(given, here);
        List<String> names = Syntax.list(given, "--name");
        Map<String, SecretSpec> wanted = names.isEmpty() ? SpecSyntax.usual() : SpecSyntax.named(names);
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        EnvFile env = EnvFile.open(file, generator);
        wanted.forEach(env::ensure);
        boolean dry = Syntax.dry(given);
        Answer answer = new Answer().with("file", file).with("dryRun", dry).with("randomSource", generator.source());
        // Before the first secret is written: what git would take in must not be there.
        Optional<GuardReport> guard =
                Syntax.has(given, "--no-guard") ? Optional.empty() : Optional.of(Guarding.around(file, dry));
        if (guard.filter(report -> Guarding.exposed(report, file, dry)).isPresent()) {
            answer.line(file + ": nothing " + (dry ? "would be " : "") + "written, git has it or would take it in")
                    .with("changes", List.of());
        } else {
            List<Change> changes = dry ? env.preview() : env.save();
            answer.line(file + ": " + (dry ? "would add " : "added ") + changes.size() + " of " + wanted.size());
            Changes.tell(answer, changes, wanted);
            answer.line("drawn from " + generator.source());
        }
        guard.ifPresent(report -> Guarding.tell(answer, report, dry));
        return answer;
    }
}

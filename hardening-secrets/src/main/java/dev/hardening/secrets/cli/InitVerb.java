package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.repository.GitGuard;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        Path file = EnvPlace.of(given, here);
        List<String> names = Syntax.list(given, "--name");
        Map<String, SecretSpec> wanted = names.isEmpty() ? SpecSyntax.usual() : SpecSyntax.named(names);
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        EnvFile env = EnvFile.open(file, generator);
        wanted.forEach(env::ensure);
        boolean dry = Syntax.dry(given);
        List<Change> changes = dry ? env.preview() : env.save();

        Answer answer = new Answer()
                .line(file + ": " + (dry ? "would add " : "added ") + changes.size() + " of " + wanted.size())
                .with("file", file)
                .with("dryRun", dry)
                .with("randomSource", generator.source());
        Changes.tell(answer, changes, wanted);
        answer.line("drawn from " + generator.source());
        if (!Syntax.has(given, "--no-guard")) {
            Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
            Guarding.tell(answer, Guarding.run(GitGuard.of(folder).build(), dry), dry);
        }
        return answer;
    }
}

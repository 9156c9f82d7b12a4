package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Puts a new value in the place of one in an env file. */
final class RotateVerb implements Verb {
    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Gives a variable of an env file a new value and keeps the old one as NAME_PREVIOUS.",
                "  hardening-secrets rotate JWT_SECRET --profile production");
        spec.addPositional(Syntax.parameter(0, "NAME", String.class, "The variable."));
        EnvPlace.describe(spec);
        spec.addOption(Syntax.text(
                "--kind", "KIND", "What to make: " + SpecSyntax.FORMS + "; what init makes if nothing else is said."));
        spec.addOption(Syntax.flag("--no-previous", "Lose the old value."));
        spec.addOption(Syntax.flag(
                "--replace-previous", "Lose the value before, which NAME_PREVIOUS still has, and keep the old one."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        String name = Grammar.VARIABLE.check("NAME", given.matchedPositionalValue(0, ""));
        Path file = EnvPlace.ofSecrets(given, here);
        SecretSpec spec = Syntax.has(given, "--kind")
                ? SpecSyntax.of("the value", Syntax.text(given, "--kind"))
                : SpecSyntax.usual(name);
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        EnvFile env = EnvFile.open(file, generator);
        if (env.find(name).isEmpty()) {
            // Without the name: what has the form of one may still be the value.
            throw new IllegalStateException(file + " has no value to rotate under that name");
        }
        ask(given, env, name, spec);
        boolean dry = Syntax.dry(given);
        List<Change> changes = dry ? env.preview() : env.save();

        Answer answer = new Answer()
                .line(file + (dry ? ": would change" : ": changed"))
                .with("file", file)
                .with("dryRun", dry)
                .with("randomSource", generator.source());
        Changes.tell(answer, changes, Map.of(name, spec));
        if (Syntax.has(given, "--no-previous") && env.names().contains(name + "_PREVIOUS")) {
            answer.line("  " + name + "_PREVIOUS still has an earlier value; take it out if that has leaked too");
        }
        return answer.line("drawn from " + generator.source());
    }

    private static void ask(ParseResult given, EnvFile env, String name, SecretSpec spec) {
        boolean replaces = Syntax.has(given, "--replace-previous");
        if (Syntax.has(given, "--no-previous")) {
            if (replaces) {
                throw new IllegalArgumentException("--no-previous and --replace-previous exclude each other");
            }
            env.rotateAndForget(name, spec);
        } else if (replaces) {
            env.rotateReplacingPrevious(name, spec);
        } else {
            env.rotate(name, spec);
        }
    }
}

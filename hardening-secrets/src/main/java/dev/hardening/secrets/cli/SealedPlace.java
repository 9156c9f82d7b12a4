package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.seal.SealContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** What {@code seal} and {@code open} share: from where, to where, and for which context. */
final class SealedPlace {
    static final String ENDING = ".sealed";

    private SealedPlace() {}

    static void describe(CommandSpec spec, String source, String target) {
        spec.addPositional(Syntax.parameter(0, "SOURCE", Path.class, source));
        spec.addPositional(Syntax.optional(1, "TARGET", Path.class, target));
        spec.addOption(Syntax.many(
                "--context",
                "PART",
                "What the file is for, in one or more parts; needed again to open it. file if nothing else is said."));
        spec.addOption(Syntax.flag("--force", "Replace the target."));
        spec.addOption(Syntax.dryRun());
    }

    static Path source(ParseResult given, Surroundings here) {
        Path source = here.path(given.matchedPositionalValue(0, Path.of("")));
        if (Files.isDirectory(source)) {
            throw new IllegalArgumentException(source + " is a folder; make one file of it first");
        }
        if (Files.notExists(source)) {
            throw new SecretsUnavailableException("there is no file " + source);
        }
        return source;
    }

    static FileTarget target(ParseResult given, Surroundings here, Path usual) {
        return new FileTarget(here.path(given.matchedPositionalValue(1, usual)), given, here);
    }

    static SealContext context(ParseResult given) {
        List<String> parts = Syntax.list(given, "--context");
        return parts.isEmpty()
                ? SealContext.of("file")
                : SealContext.of(parts.get(0), parts.subList(1, parts.size()).toArray(String[]::new));
    }

    static Answer told(ParseResult given, Path source, FileTarget target) {
        return new Answer().with("source", source).with("target", target.path()).with("dryRun", Syntax.dry(given));
    }
}

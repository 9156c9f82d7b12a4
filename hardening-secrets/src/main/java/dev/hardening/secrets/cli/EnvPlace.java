package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The env file that a verb works on. */
final class EnvPlace {
    private static final Pattern SHARED = Pattern.compile("\\.env\\.(example|sample|template|dist)");

    private EnvPlace() {}

    static void describe(CommandSpec spec) {
        spec.addOption(Syntax.text(
                "--profile", "PROFILE", "Take .env.PROFILE of this folder; production if nothing else is said."));
        spec.addOption(Syntax.path("--file", "FILE", "Take this file instead."));
    }

    static Path of(ParseResult given, Surroundings here) {
        return Syntax.has(given, "--file")
                ? here.path(given.matchedOptionValue("--file", here.folder()))
                : EnvFile.profile(here.folder(), profile(given));
    }

    /** The file as a place for secrets, which those that are shared by habit are not: the guard lets git have them. */
    static Path ofSecrets(ParseResult given, Surroundings here) {
        Path file = of(given, here);
        Path name = file.getFileName();
        if (name == null || SHARED.matcher(name.toString()).matches()) {
            throw new IllegalArgumentException(
                    "--file must name a file, and none that is shared by habit: .env.example, .env.sample, .env.template"
                            + " or .env.dist");
        }
        return Present.place(file);
    }

    static String profile(ParseResult given) {
        return Grammar.PROFILE.check("--profile", given.matchedOptionValue("--profile", "production"));
    }
}

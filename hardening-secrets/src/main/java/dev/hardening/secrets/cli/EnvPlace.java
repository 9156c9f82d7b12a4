package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The env file that a verb works on. */
final class EnvPlace {
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

    static String profile(ParseResult given) {
        return given.matchedOptionValue("--profile", "production");
    }
}

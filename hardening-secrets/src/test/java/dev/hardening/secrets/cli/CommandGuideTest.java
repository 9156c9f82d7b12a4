package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The guide has every verb with the example of its help, and every option. */
class CommandGuideTest {
    private static final Set<String> EVERYWHERE = Set.of("--help", "--version");

    @TempDir
    Path home;

    static List<String> verbs() {
        List<String> verbs = new java.util.ArrayList<>(SecretsCommandTest.verbs());
        verbs.removeAll(List.of("", "tls", "ring", "tls issue"));
        return verbs;
    }

    private static String guide() throws Exception {
        return Files.readString(Path.of("..", "docs", "secrets", "cli.md"));
    }

    private static CommandSpec spec(String verb) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        CommandSpec spec = new picocli.CommandLine(
                        SecretsCommand.tree(new Cli(Path.of("")).surroundings(nowhere, nowhere)))
                .getCommandSpec();
        for (String word : verb.split(" ", -1)) {
            spec = spec.subcommands().get(word).getCommandSpec();
        }
        return spec;
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void guide_verb_hasItsExampleAndOptions(String verb) throws Exception {
        String guide = guide();
        CommandSpec spec = spec(verb);
        String example = String.join("\n", spec.usageMessage().footer()).strip();

        assertTrue(guide.contains(example), example);
        for (OptionSpec option : spec.options()) {
            String name = option.longestName();
            String family = name.replaceAll("-(file|ask)$", "-env");
            assertTrue(
                    EVERYWHERE.contains(name) || guide.contains(name) || guide.contains(family + "`, …"),
                    () -> verb + " " + name);
        }
    }

    @Test
    void guide_outputOfRotate_isAsItIs() throws Exception {
        new Cli(home).run("init", "--no-guard");

        String said = new Cli(home)
                .run("rotate", "JWT_SECRET", "--profile", "production")
                .out();

        List<String> lines = said.replace(home.toString(), "/srv/lms").lines().toList();
        String guide = guide();
        lines.subList(0, 3).forEach(line -> assertTrue(guide.contains(line), line));
    }

    @Test
    void guide_outputOfAnOwnName_isAsItIs() throws Exception {
        String said = new Cli(home)
                .run("init", "--profile", "production", "--name", "MAIL_TOKEN=base58:192", "--no-guard")
                .out();

        String guide = guide();
        said.replace(home.toString(), "/srv/lms")
                .lines()
                .limit(2)
                .forEach(line -> assertTrue(guide.contains(line), line));
        assertEquals(3, said.lines().count(), () -> Arrays.toString(said.split("\n")));
    }
}

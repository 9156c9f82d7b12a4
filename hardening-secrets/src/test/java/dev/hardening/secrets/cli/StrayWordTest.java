package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A secret that was typed in any place of a command line, and is not repeated. */
@Tag("secrets:W5")
class StrayWordTest {
    private static final String STRAY = "Hunter2!hunter2";
    private static final String RING =
            " --ring signing --folder rings --key-env ENCRYPTION_KEY --env-file .env.production";

    /** Each verb with what it cannot do without, so that it comes to look at the word. */
    private static final Map<String, String> WELL = Map.ofEntries(
            Map.entry("init", "init --no-guard"),
            Map.entry("check", "check"),
            Map.entry("rotate", "rotate JWT_SECRET"),
            Map.entry("keygen", "keygen"),
            Map.entry("passphrase", "passphrase --out new.pass"),
            Map.entry("tls dev-ca", "tls dev-ca"),
            Map.entry("tls leaf", "tls leaf --name localhost"),
            Map.entry("tls issue", "tls issue --name localhost"),
            Map.entry("seal", "seal plain.txt" + RING),
            Map.entry("open", "open plain.txt" + RING),
            Map.entry("ring create", "ring create" + RING.replace("signing", "other")),
            Map.entry("ring list", "ring list" + RING),
            Map.entry("ring add", "ring add" + RING),
            Map.entry("ring promote", "ring promote 0f1e2d3c4b5a6978" + RING),
            Map.entry("ring disable", "ring disable 0f1e2d3c4b5a6978" + RING),
            Map.entry("ring enable", "ring enable 0f1e2d3c4b5a6978" + RING),
            Map.entry("ring destroy", "ring destroy 0f1e2d3c4b5a6978" + RING),
            Map.entry("ring rewrap", "ring rewrap" + RING),
            Map.entry("scan", "scan"),
            Map.entry("guard", "guard"));

    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void makeAll() throws Exception {
        cli = new Cli(home);
        Files.createDirectory(home.resolve("rings"));
        Files.writeString(home.resolve("plain.txt"), "plain");
        assertEquals(0, cli.run("init", "--no-guard").exit());
        assertEquals(0, cli.run("tls", "dev-ca").exit());
        assertEquals(
                0, cli.run(("ring create --kind ec-p256" + RING).split(" ")).exit());
    }

    private static CommandSpec spec(String verb) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        CommandSpec spec = new CommandLine(SecretsCommand.tree(new Cli(Path.of("")).surroundings(nowhere, nowhere)))
                .getCommandSpec();
        for (String word : verb.split(" ", -1)) {
            spec = spec.subcommands().get(word).getCommandSpec();
        }
        return spec;
    }

    private static List<String> verbs() {
        List<String> verbs = new ArrayList<>(SecretsCommandTest.verbs());
        verbs.removeAll(List.of("", "tls", "ring"));
        return verbs;
    }

    private static boolean takesText(ArgSpec spec) {
        Class<?> kind = spec.auxiliaryTypes().length > 0 ? spec.auxiliaryTypes()[0] : spec.type();
        return kind == String.class || kind == Integer.class;
    }

    static Stream<Arguments> texts() {
        return verbs().stream()
                .flatMap(verb -> spec(verb).options().stream()
                        .filter(option -> option.arity().max() > 0 && takesText(option))
                        .map(option -> Arguments.of(verb, option.longestName())));
    }

    static Stream<Arguments> options() {
        return verbs().stream()
                .flatMap(verb -> spec(verb).options().stream()
                        .filter(option -> option.arity().max() > 0)
                        .map(OptionSpec::longestName)
                        .map(name -> Arguments.of(verb, name)));
    }

    static Stream<Arguments> parameters() {
        return verbs().stream()
                .flatMap(verb ->
                        spec(verb).positionalParameters().stream().map(parameter -> Arguments.of(verb, parameter)));
    }

    private static List<String> with(String verb, String option, String... words) {
        List<String> all = new ArrayList<>(List.of(WELL.get(verb).split(" ", -1)));
        int there = all.indexOf(option);
        if (there >= 0) {
            all.subList(there, there + 2).clear();
        }
        all.addAll(List.of(words));
        return all;
    }

    private Cli.Said assertNotRepeated(List<String> words) {
        Cli.Said said = cli.run(words.toArray(String[]::new));

        assertFalse(said.all().toLowerCase(java.util.Locale.ROOT).contains("unter2"), () -> words + ": " + said.all());
        return said;
    }

    @ParameterizedTest
    @MethodSource("texts")
    void text_everyOption_isNotRepeated(String verb, String option) {
        assertNotRepeated(with(verb, option, option, STRAY));
        assertNotRepeated(with(verb, option, option + "=" + STRAY));
        assertNotRepeated(with(verb, option, option, STRAY, "--json"));
    }

    @ParameterizedTest
    @MethodSource("options")
    void dashedWord_everyOption_isNotRepeated(String verb, String option) {
        for (String stray : List.of("-hunter2hunter2", "-Vhunter2", "-hunter2!")) {
            assertNotRepeated(with(verb, option, option, stray));
        }
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void word_everyParameter_isNotRepeatedUnlessItIsAFile(String verb, PositionalParamSpec parameter) {
        List<String> others = with(verb, "");
        int named = verb.split(" ").length;
        if (takesText(parameter)) {
            others.set(named, STRAY);
            assertEquals(2, assertNotRepeated(others).exit());
        }
        List<String> dashed = with(verb, "", "-hunter2hunter2");
        assertEquals(2, assertNotRepeated(dashed).exit());
        assertEquals(2, assertNotRepeated(with(verb, "", "-Vhunter2")).exit());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rotate hunter2pass",
                "ring promote TYPEDhunter2" + RING,
                "ring destroy hunter2hunter2 " + RING,
                "init --name hunter2!x",
                "init --name 2hunter2=token64",
                "init --profile Hunter2",
                "check --profile hunter2!",
                "keygen --name ../hunter2",
                "ring list --ring Hunter2 --folder rings --key-env K",
                "check --known -hunter2",
                "tls leaf --name hunter2! --out other",
                "tls dev-ca --folder new --domain hunter2!",
                "scan --exclude hunter2[",
                "guard --ignore #hunter2",
                "hunter2 init",
                "-hunter2",
                "-Vhunter2",
                "init -hunter2"
            })
    void word_thatWasFoundRepeated_isNot(String line) {
        Cli.Said said = assertNotRepeated(List.of(line.split(" +")));

        assertTrue(said.exit() == 2 || line.startsWith("rotate"), said.all());
        assertEquals(1, said.err().lines().count(), said.err());
    }

    @Test
    void option_withoutAValueOrTwice_isNamed() {
        assertTrue(cli.run("check", "--known").err().contains("--known must be given with a value"));
        assertTrue(cli.run("rotate").err().contains("NAME must be given with a value"));
        assertTrue(cli.run("check", "--profile", "a", "--profile", "b").err().contains("--profile may be given once"));
    }
}

package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class SecretsCommandTest {
    @TempDir
    Path home;

    /** All verbs and groups, as words on a command line. */
    static List<String> verbs() {
        List<String> verbs = new ArrayList<>(List.of(""));
        Surroundings here = new Cli(Path.of(""))
                .surroundings(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
        collect("", new CommandLine(SecretsCommand.tree(here)).getCommandSpec(), verbs);
        return verbs;
    }

    private static void collect(String above, CommandSpec spec, List<String> verbs) {
        spec.subcommands().forEach((name, below) -> {
            verbs.add(above + name);
            collect(above + name + " ", below.getCommandSpec(), verbs);
        });
    }

    private static String[] words(String verb, String... more) {
        List<String> words = new ArrayList<>(Arrays.asList(verb.split(" ", -1)));
        words.removeIf(String::isEmpty);
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }

    @Test
    void verbs_always_areThoseOfTheIssue() {
        assertTrue(
                verbs().containsAll(List.of(
                        "init",
                        "check",
                        "rotate",
                        "keygen",
                        "passphrase",
                        "tls dev-ca",
                        "tls leaf",
                        "tls issue",
                        "seal",
                        "open",
                        "ring list",
                        "ring add",
                        "ring promote",
                        "ring disable",
                        "ring enable",
                        "ring destroy",
                        "ring rewrap",
                        "scan",
                        "guard")),
                () -> verbs().toString());
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void help_everyVerb_endsWellAndShowsAnExample(String verb) {
        Cli.Said said = new Cli(home).run(words(verb, "--help"));

        assertEquals(0, said.exit(), said.all());
        assertEquals("", said.err());
        String example = said.out().substring(said.out().indexOf("Example:"));
        assertTrue(example.contains("hardening-secrets " + verb.replace("tls issue", "tls leaf")), said.out());
        assertFalse(said.out().contains("${"), said.out());
        assertTrue(said.out().chars().allMatch(symbol -> symbol == '\n' || (symbol >= ' ' && symbol <= '~')));
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void unknownOption_everyVerb_isUsageInOneLine(String verb) {
        Cli.Said said = new Cli(home).run(words(verb, "--hlep"));

        assertEquals(2, said.exit(), said.all());
        assertEquals("", said.out());
        assertEquals(1, said.err().lines().count(), said.err());
    }

    @ParameterizedTest
    @CsvSource({"scna,scan", "chek,check", "rotat,rotate"})
    void unknownVerb_closeToOne_isSuggested(String typed, String meant) {
        Cli.Said said = new Cli(home).run(typed);

        assertEquals(2, said.exit());
        assertTrue(said.err().contains("did you mean") && said.err().contains(meant), said.err());
    }

    @Test
    void unknownOption_closeToOne_isSuggested() {
        Cli.Said said = new Cli(home).run("init", "--profil", "x");

        assertTrue(said.err().contains("unknown option --profil, did you mean --profile"), said.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tls", "ring"})
    void verb_missing_isUsage(String group) {
        Cli.Said said = new Cli(home).run(words(group));

        assertEquals(2, said.exit());
        assertTrue(said.err().contains("a verb is missing"), said.err());
    }

    @Test
    @Tag("secrets:W5")
    void strayWord_always_isNotRepeated() {
        for (String[] words : new String[][] {
            {"init", "hunter2hunter2"}, {"init", "--nme=hunter2hunter2"}, {"passphrase", "--bits", "hunter2hunter2"},
            {"hunter2hunter2"}, {"--hunter2hunter2"}, {"check", "--profile", "Hunter2", "hunter2hunter2"}
        }) {
            Cli.Said said = new Cli(home).run(words);

            assertEquals(2, said.exit(), said.all());
            assertFalse(said.all().replace("option --hunter2hunter2", "").contains("hunter2hunter2"), said.all());
        }
    }

    @Test
    void usage_json_isOneDocument() {
        Cli.Said said = new Cli(home).run("passphrase", "--json", "--bits", "many");

        assertEquals(2, said.exit());
        assertTrue(
                said.out().startsWith("{\"format\":\"hardening-secrets-cli/1\",\"verb\":\"passphrase\",\"exit\":2,"));
        assertEquals(1, said.out().lines().count());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "passphrase --print",
                "keygen --print",
                "scan",
                "scan --json",
                "--help",
                "--version",
                "init x --json"
            })
    void answer_lost_isNoSuccess(String line) {
        StringWriter err = new StringWriter();
        OutputStream device = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("no space left");
            }
        };
        PrintWriter full =
                new PrintWriter(new PrintStream(device, false, StandardCharsets.UTF_8), false, StandardCharsets.UTF_8);

        int exit = SecretsCommand.run(new Cli(home).surroundings(full, new PrintWriter(err)), line.split(" "));

        assertEquals(3, exit);
        assertTrue(err.toString().contains("could not be written"), err.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scan absent --json",
                "scan absent --format json",
                "scan absent --format=json",
                "scan --format json --nosuch",
                "scan --format json --update-baseline",
                "scan --format json --install-hook",
                "ring list --json",
                "hunter --json",
                "--json"
            })
    void failure_json_isOneDocumentOfTheCommandLine(String line) throws Exception {
        Cli.Said said = new Cli(home).run(line.split(" "));

        var read = new com.fasterxml.jackson.databind.ObjectMapper().readTree(said.out());
        assertEquals("hardening-secrets-cli/1", read.get("format").asText());
        assertEquals(said.exit(), read.get("exit").asInt());
        assertTrue(read.has("verb"));
        assertTrue(read.has("error"));
        assertEquals(1, said.out().lines().count());
    }

    @Test
    void version_always_isShown() {
        Cli.Said said = new Cli(home).run("--version");

        assertEquals(0, said.exit());
        assertTrue(said.out().startsWith("hardening-secrets "), said.out());
    }

    @Test
    void argumentsFromAFile_never_areRead() {
        assertEquals(2, new Cli(home).run("init", "@arguments").exit());
    }

    @Test
    void colour_withoutATerminal_isAbsent() {
        assertFalse(new Cli(home).run("--help").out().contains("\u001b"));
        assertTrue(new Cli(home).watched().run("--help").out().contains("\u001b"));
        assertFalse(new Cli(home)
                .watched()
                .environment(java.util.Map.of("NO_COLOR", "1"))
                .run("--help")
                .out()
                .contains("\u001b"));
    }

    @ParameterizedTest
    @MethodSource("foreign")
    @Tag("secrets:W5")
    void failure_messageOfAnotherLibrary_isNotTold(java.util.function.Supplier<Object> broken) {
        Exception thrown = org.junit.jupiter.api.Assertions.assertThrows(RuntimeException.class, broken::get);

        assertEquals(new Failure(Exit.IO, "unexpected " + thrown.getClass().getSimpleName()), Failure.of(thrown));
        assertTrue(thrown.getMessage().contains("hunter2"), thrown.getMessage());
    }

    static List<java.util.function.Supplier<Object>> foreign() {
        String word = String.join("", "hunter", "2");
        return List.of(
                () -> java.util.UUID.fromString(word),
                () -> Thread.State.valueOf(word),
                () -> java.net.URI.create(word + " %"),
                () -> java.util.Optional.empty().orElseThrow(() -> new java.util.NoSuchElementException(word)));
    }

    @Test
    @Tag("secrets:W5")
    void failure_everyKind_hasItsCodeAndOneLine() {
        assertEquals(Exit.IO, Failure.of(new SecretsUnavailableException("a")).exit());
        assertEquals(
                Exit.IO,
                Failure.of(new UncheckedIOException(new IOException("a"))).exit());
        assertEquals(Exit.FINDINGS, Failure.of(new IllegalStateException("a")).exit());
        assertEquals(Exit.USAGE, Failure.of(new IllegalArgumentException("a")).exit());
        Failure two = Failure.of(new SecretsConfigurationException(List.of("a", "b\u001b[31m")));
        assertEquals(new Failure(Exit.FINDINGS, "a; b?[31m"), two);
        Failure caused = Failure.of(new SecretsUnavailableException(
                "the database did not answer", new java.sql.SQLException("password hunter2 is wrong", "28P01")));
        assertEquals("the database did not answer (SQLException 28P01)", caused.line());
        assertEquals(
                new Failure(Exit.IO, "unexpected NullPointerException"),
                Failure.of(new NullPointerException("hunter2")));
    }
}

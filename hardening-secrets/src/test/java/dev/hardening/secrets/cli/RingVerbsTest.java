package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs of {@code ring} on a folder. */
class RingVerbsTest {
    @TempDir
    Path home;

    private Cli cli;
    private Path file;

    @BeforeEach
    void makeARing() throws Exception {
        cli = new Cli(home);
        Files.createDirectory(home.resolve("rings"));
        file = home.resolve("rings/signing.json");
        cli.run("init");
        assertEquals(0, run("create", "--kind", "ec-p256").exit());
    }

    private Cli.Said run(String... words) {
        List<String> all = new ArrayList<>(List.of("ring"));
        all.addAll(List.of(words));
        all.addAll(List.of(
                "--ring",
                "signing",
                "--folder",
                "rings",
                "--key-env",
                "ENCRYPTION_KEY",
                "--env-file",
                ".env.production"));
        return cli.run(all.toArray(String[]::new));
    }

    private JsonNode json(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--json");
        Cli.Said said = run(all.toArray(String[]::new));
        assertEquals(0, said.exit(), said.all());
        return new ObjectMapper().readTree(said.out());
    }

    private List<String> states() throws Exception {
        List<String> states = new ArrayList<>();
        json("list").get("keys").forEach(key -> states.add(key.get("state").asText()));
        return states;
    }

    @Test
    @Tag("secrets:E5")
    void key_wholeLife_isDrivenByTheVerbs() throws Exception {
        String first = json("list").get("keys").get(0).get("id").asText();
        String second = json("add").get("id").asText();
        assertEquals(List.of("active", "pending"), states());

        cli.clock.advance(Duration.ofMinutes(12));
        json("promote", second);
        assertEquals(List.of("retiring", "active"), states());

        assertEquals(1, run("disable", first).exit(), "others may still make something with it");
        cli.clock.advance(Duration.ofMinutes(12));
        json("disable", first);
        assertEquals(List.of("disabled", "active"), states());
        json("enable", first);
        assertEquals(List.of("retiring", "active"), states());
        json("disable", first, "--now");
        json("destroy", first);
        assertEquals(List.of("destroyed", "active"), states());
    }

    @Test
    @Tag("secrets:A11")
    @Tag("secrets:E5")
    void promote_beforeOthersKnowTheKey_isRefusedUnlessForced() throws Exception {
        String id = json("add").get("id").asText();
        cli.clock.advance(Duration.ofMinutes(11));

        Cli.Said early = run("promote", id);

        assertEquals(1, early.exit(), early.all());
        assertEquals(1, early.err().lines().count(), early.err());
        assertEquals(0, run("promote", id, "--now").exit());
        assertEquals(List.of("retiring", "active"), states());
    }

    @Test
    void promote_propagationOfItsOwn_counts() throws Exception {
        String id = json("add").get("id").asText();
        cli.clock.advance(Duration.ofSeconds(30));

        assertEquals(0, run("promote", id, "--propagation", "30s").exit());
    }

    @Test
    void verbs_dryRun_checkAndWriteNothing() throws Exception {
        byte[] before = Files.readAllBytes(file);

        Cli.Said add = run("add", "--dry-run");
        Cli.Said disable =
                run("disable", json("list").get("keys").get(0).get("id").asText(), "--dry-run");

        assertEquals(0, add.exit(), add.all());
        assertTrue(add.out().contains("would be: added"), add.out());
        assertEquals(1, disable.exit(), disable.all());
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    @Tag("secrets:E6")
    void rewrap_afterRotationOfTheKey_opensWithTheNewOneOnly() throws Exception {
        cli.run("rotate", "ENCRYPTION_KEY");
        assertEquals(3, run("list").exit());

        JsonNode done = json("rewrap", "--previous-key-env", "ENCRYPTION_KEY_PREVIOUS");

        assertTrue(done.get("rewrapped").asBoolean());
        assertEquals(List.of("active"), states());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--key-ask", "--passphrase-ask"})
    void create_wrapsByWhatIsTyped_onlyIfTypedTheSameTwice(String ask) {
        String[] words = {"ring", "create", "--ring", "typed", "--folder", "rings", ask};
        String phrase = "meadow-trumpet-violin-orchard-canary";

        Cli.Said slipped = cli.typing(phrase, phrase + "y").run(words);
        boolean made = Files.exists(home.resolve("rings/typed.json"));
        cli.questions.clear();
        Cli.Said same = cli.typing(phrase, phrase).run(words);

        assertEquals(2, slipped.exit(), slipped.all());
        assertFalse(made);
        assertEquals(0, same.exit(), same.all());
        assertEquals(2, cli.questions.size());
        cli.questions.clear();
        assertEquals(
                0,
                cli.run("ring", "list", "--ring", "typed", "--folder", "rings", ask)
                        .exit());
        assertEquals(1, cli.questions.size(), "what the ring refuses need not be asked twice");
    }

    @Test
    void rewrap_byWhatIsTyped_wantsItTheSameTwice() throws Exception {
        byte[] before = Files.readAllBytes(file);
        String[] words = {
            "ring",
            "rewrap",
            "--ring",
            "signing",
            "--folder",
            "rings",
            "--passphrase-ask",
            "--env-file",
            ".env.production",
            "--previous-key-env",
            "ENCRYPTION_KEY"
        };
        String phrase = "meadow-trumpet-violin-orchard-canary";

        Cli.Said slipped =
                cli.typing(phrase, phrase.toUpperCase(java.util.Locale.ROOT)).run(words);

        assertEquals(2, slipped.exit(), slipped.all());
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(file));
        assertEquals(0, cli.typing(phrase, phrase).run(words).exit());
    }

    @Test
    void list_ringThatIsNotThere_makesNone() {
        Cli.Said said = cli.run("ring", "list", "--ring", "sealng", "--folder", "rings", "--key-env", "X");

        assertEquals(1, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve("rings/sealng.json")));
    }

    @Test
    void create_folderThatIsNotThere_isMadeForTheOwner() throws Exception {
        String[] words = "ring create --ring first --folder fresh --key-env ENCRYPTION_KEY --env-file .env.production"
                .split(" ");
        String[] dry = (String.join(" ", words) + " --dry-run").split(" ");

        assertEquals(0, cli.run(dry).exit());
        assertFalse(Files.exists(home.resolve("fresh")));
        Cli.Said unset = cli.run("ring", "create", "--ring", "first", "--folder", "fresh", "--key-env", "ABSENT");
        assertEquals(2, unset.exit(), unset.all());
        assertFalse(Files.exists(home.resolve("fresh")));
        assertEquals(0, cli.run(words).exit());
        assertEquals(
                "rwx------",
                java.nio.file.attribute.PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(home.resolve("fresh"))));
        assertEquals(1, cli.run(words).exit());
    }

    @Test
    void create_folderBelowNone_isNotThere() {
        assertEquals(
                3,
                cli.run("ring create --ring first --folder a/b --key-env K".split(" "))
                        .exit());
    }

    @Test
    void create_ringThatIsThere_isRefused() {
        assertEquals(1, run("create").exit());
    }

    @Test
    void list_changedDocument_isToldAsTampering() throws Exception {
        Files.writeString(file, Files.readString(file).replace("ACTIVE", "PENDNG"));

        Cli.Said said = run("list");

        assertEquals(3, said.exit(), said.all());
        assertEquals("", said.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ring list --folder rings --key-env K",
                "ring list --ring signing --key-env K",
                "ring list --ring signing --folder rings",
                "ring list --ring signing --folder rings --key-env K --passphrase-env P",
                "ring list --ring signing --folder rings --jdbc-url jdbc:postgresql://h/d --key-env K",
                "ring list --ring signing --folder rings --key-env K --propagation soon",
                "ring promote --ring signing --folder rings --key-env K",
                "ring list --ring signing --jdbc-url jdbc:postgresql://u:hunter2hunter2@h/d --key-env K",
                "ring list --ring signing --jdbc-url jdbc:postgresql://h/d?user=u&password=hunter2hunter2 --key-env K"
            })
    @Tag("secrets:W5")
    @Tag("secrets:A8")
    void verbs_wrongUse_isUsageAndRepeatsNoPassword(String line) {
        cli.environment(java.util.Map.of("K", "k".repeat(64), "P", "p".repeat(64)));

        Cli.Said said = cli.run(line.split(" "));

        assertEquals(2, said.exit(), said.all());
        assertFalse(said.all().contains("hunter2"), said.all());
    }
}

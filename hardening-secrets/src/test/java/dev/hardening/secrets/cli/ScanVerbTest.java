package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scan} and {@code guard}. */
class ScanVerbTest {
    // In two parts, so that a scan of this repository finds nothing here.
    private static final String KEY =
            "-----BEGIN PRIVATE " + "KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n";

    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void plant() throws Exception {
        cli = new Cli(home);
        Files.writeString(home.resolve("clean.txt"), "nothing here\n");
        Files.writeString(home.resolve("planted.txt"), KEY);
    }

    private void git(String... words) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("git", "-C", home.toString()));
        command.addAll(List.of(words));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve(".git.log").toFile())
                    .start();
        } catch (java.io.IOException absent) {
            assumeTrue(false, "SKIPPED: there is no git here");
            return;
        }
        assertEquals(0, process.waitFor(), Files.readString(home.resolve(".git.log")));
    }

    @Test
    void scan_plantedKey_isFoundWithoutItsText() {
        Cli.Said said = cli.run("scan");

        assertEquals(1, said.exit(), said.all());
        assertTrue(said.out().contains("planted.txt"), said.out());
        assertFalse(said.all().contains("MIGHAgEA"), said.all());
    }

    @Test
    void scan_cleanFile_isClean() {
        assertEquals(0, cli.run("scan", "clean.txt").exit());
        assertEquals(1, cli.run("scan", "clean.txt", "planted.txt").exit());
    }

    @Test
    void scan_patterns_narrowIt() {
        assertEquals(0, cli.run("scan", "--exclude", "planted.txt").exit());
        assertEquals(0, cli.run("scan", ".", "--include", "clean.txt").exit());
    }

    @Test
    void scan_machineFormats_areOneDocument() throws Exception {
        assertEquals(
                "hardening-scan/1",
                new ObjectMapper()
                        .readTree(cli.run("scan", "--json").out())
                        .get("format")
                        .asText());
        assertEquals(
                "2.1.0",
                new ObjectMapper()
                        .readTree(cli.run("scan", "--format", "sarif").out())
                        .get("version")
                        .asText());
    }

    @Test
    void scan_formatJson_isTheSameAsJson() throws Exception {
        git("init", "-q", ".");

        assertEquals(
                cli.run("scan", "clean.txt", "--json").out(),
                cli.run("scan", "clean.txt", "--format", "json").out());
        assertTrue(cli.run("scan", "--install-hook", "--format", "json")
                .out()
                .startsWith("{\"format\":\"hardening-secrets-cli/1\",\"verb\":\"scan\",\"exit\":0,"));
    }

    @Test
    @Tag("secrets:A15")
    void scan_baseline_leavesOutWhatIsKnown() throws Exception {
        Cli.Said dry = cli.run("scan", "--baseline", "known.json", "--update-baseline", "--dry-run");
        assertFalse(Files.exists(home.resolve("known.json")), dry.all());
        assertEquals(
                0,
                cli.run("scan", "--baseline", "known.json", "--update-baseline").exit());

        assertEquals(0, cli.run("scan", "--baseline", "known.json").exit());
        Files.writeString(home.resolve("second.txt"), KEY);
        assertEquals(1, cli.run("scan", "--baseline", "known.json").exit());
        assertFalse(Files.readString(home.resolve("known.json")).contains("MIGHAgEA"));
    }

    @Test
    @Tag("secrets:A15")
    void scan_moreThanAReportLists_isNotDoneUntilAllIsKnown() throws Exception {
        for (String name : List.of("b.txt", "c.txt")) {
            Files.writeString(home.resolve(name), KEY);
        }
        String[] update = {"scan", "--baseline", "known.json", "--update-baseline", "--most-findings", "2"};

        assertEquals(1, cli.run(update).exit(), "one is left out");
        assertEquals(1, cli.run("scan", "--baseline", "known.json").exit());
        assertEquals(0, cli.run(update).exit());
        assertEquals(
                0,
                cli.run("scan", "--baseline", "known.json", "--most-findings", "1")
                        .exit());
        assertEquals(2, cli.run("scan", "--most-findings", "0").exit());
    }

    @Test
    void scan_wrongUse_isToldApart() throws Exception {
        assertEquals(3, cli.run("scan", "--baseline", "absent.json").exit());
        assertEquals(2, cli.run("scan", "--update-baseline").exit());
        assertEquals(2, cli.run("scan", "--format", "xml").exit());
        Files.createDirectory(home.resolve("folder"));
        assertEquals(2, cli.run("scan", "folder", "clean.txt").exit());
        assertEquals(2, cli.run("scan", "--staged", "clean.txt").exit());
    }

    @Test
    void scan_staged_readsTheIndex() throws Exception {
        git("init", "-q", ".");
        assertEquals(0, cli.run("scan", "--staged").exit());
        git("add", "planted.txt");
        Files.writeString(home.resolve("planted.txt"), "gone from the folder\n");

        assertEquals(1, cli.run("scan", "--staged").exit());
    }

    @Test
    void installHook_repository_runsThisProgram() throws Exception {
        git("init", "-q", ".");
        Path hook = home.resolve(".git/hooks/pre-commit");
        Files.deleteIfExists(hook);

        assertEquals(0, cli.run("scan", "--install-hook", "--dry-run").exit());
        assertFalse(Files.exists(hook));
        Cli.Said said = cli.run("scan", "--install-hook", "--baseline", "known.json", "--exclude", "docs/**");

        assertEquals(0, said.exit(), said.all());
        String script = Files.readString(hook);
        assertTrue(script.contains("'-jar' '/opt/x-cli.jar' 'scan' '--staged' '--baseline'"), script);
        Files.writeString(hook, "#!/bin/sh\nexit 0\n");
        assertEquals(1, cli.run("scan", "--install-hook").exit());
    }

    @Test
    void installHook_options_areThoseOfTheScan() throws Exception {
        git("init", "-q", ".");

        assertEquals(2, cli.run("scan", ".", "clean.txt", "--install-hook").exit());
        assertEquals(
                2,
                cli.run("scan", "--install-hook", "--baseline", "b.json", "--update-baseline")
                        .exit());
        assertEquals(2, cli.run("scan", "--install-hook", "--format", "xml").exit());
        assertEquals(
                2, cli.run("scan", "--install-hook", "--most-findings", "0").exit());
        assertEquals(2, cli.run("scan", "--install-hook", "--exclude", "[").exit());
        assertFalse(Files.exists(home.resolve(".git/hooks/pre-commit")));
        assertEquals(
                0,
                cli.run("scan", "--install-hook", "--format", "sarif", "--most-findings", "7", "--include", "*.txt")
                        .exit());
        String script = Files.readString(home.resolve(".git/hooks/pre-commit"));
        assertTrue(script.contains("'--format' 'sarif' '--most-findings' '7' '--include' '*.txt'"), script);
    }

    @Test
    void installHook_dryRunOnAHookOfSomebodyElse_endsAsTheRunWould() throws Exception {
        git("init", "-q", ".");
        Path hook = home.resolve(".git/hooks/pre-commit");
        Files.createDirectories(hook.getParent());
        Files.writeString(hook, "#!/bin/sh\nexit 0\n");

        Cli.Said said = cli.run("scan", "--install-hook", "--dry-run", "--json");

        assertEquals(1, said.exit(), said.all());
        assertTrue(said.out().contains("\"hook\":\"foreign-hook\""), said.out());
        assertEquals("#!/bin/sh\nexit 0\n", Files.readString(hook));
    }

    @Test
    void installHook_folderOfManyRepositories_isSaid(@org.junit.jupiter.api.io.TempDir Path all) throws Exception {
        git("init", "-q", ".");
        Path folder = Files.createDirectory(home.resolve("folder"));
        String own = cli.run("scan", folder.toString(), "--install-hook", "--dry-run")
                .out();
        git("config", "core.hooksPath", all.toString());

        Cli.Said said = cli.run("scan", "--install-hook");

        assertFalse(own.contains("alone"), own);
        assertEquals(0, said.exit(), said.all());
        assertTrue(said.out().contains("not of this repository alone"), said.out());
        assertTrue(said.out().contains(all.resolve("pre-commit").toString()), said.out());
        assertTrue(cli.run("scan", "--install-hook", "--json").out().contains("\"shared\":true"));
    }

    @Test
    void installHook_programThatCannotBeFoundAgain_isUsage() throws Exception {
        git("init", "-q", ".");
        cli.startedInNoKnownWay();

        assertEquals(2, cli.run("scan", "--install-hook").exit());
        assertEquals(2, cli.run("scan", "--install-hook", "--dry-run").exit());
        assertFalse(Files.exists(home.resolve(".git/hooks/pre-commit")));
    }

    @Test
    @Tag("secrets:W6")
    void guard_repository_getsTheBlockOnce() throws Exception {
        git("init", "-q", ".");

        Cli.Said dry = cli.run("guard", "--dry-run", "--ignore", "lms-data/");
        assertFalse(Files.exists(home.resolve(".gitignore")));
        Cli.Said first = cli.run("guard", "--ignore", "lms-data/");
        String block = Files.readString(home.resolve(".gitignore"));
        Cli.Said second = cli.run("guard", "--ignore", "lms-data/");

        assertEquals(1, dry.exit(), dry.all());
        assertEquals(0, first.exit(), first.all());
        assertEquals(0, second.exit(), second.all());
        assertEquals(block, Files.readString(home.resolve(".gitignore")));
        assertTrue(second.out().contains("block unchanged"), second.out());
    }

    @Test
    @Tag("secrets:W6")
    void guard_trackedSecretFile_isAFinding() throws Exception {
        git("init", "-q", ".");
        cli.run("init", "--no-guard");
        git("add", "-f", ".env.production");

        Cli.Said said = cli.run("guard", "--json");
        Cli.Said init = cli.run("init");

        assertEquals(1, said.exit(), said.all());
        assertTrue(said.out().contains("\"kind\":\"tracked\",\"path\":\".env.production\""), said.out());
        assertEquals(1, init.exit(), init.all());
    }

    @Test
    void guard_noRepository_isNoAnswer() {
        assertEquals(3, cli.run("guard").exit());
    }
}

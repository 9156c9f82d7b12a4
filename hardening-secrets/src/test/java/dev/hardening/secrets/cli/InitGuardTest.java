package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.repository.GuardReport;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code init} in a repository: what git would take in is not written. */
@Tag("secrets:W6")
class InitGuardTest {
    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void makeRepository() throws Exception {
        cli = new Cli(home);
        assertEquals(0, git("init", "-q", "."));
    }

    private int git(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        try {
            return new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException absent) {
            assumeTrue(false, "SKIPPED: there is no git here");
            return -1;
        }
    }

    @Test
    void init_usualName_isWrittenAndIgnored() throws Exception {
        Cli.Said said = cli.run("init");

        assertEquals(0, said.exit(), said.all());
        assertEquals(0, git("check-ignore", "-q", ".env.production"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"settings.txt", "se[t]tings", "with space.txt", "#hash", "it's"})
    void init_nameThatGitWouldTake_isNotWritten(String name) {
        Cli.Said said = cli.run("init", "--file", name);

        assertEquals(1, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(name)), said.all());
        assertTrue(said.out().contains("nothing written"), said.out());
    }

    @Test
    void init_nameThatIsIgnoredByHand_isWritten() throws Exception {
        Files.writeString(home.resolve(".gitignore"), "/settings.txt\n");

        Cli.Said said = cli.run("init", "--file", "settings.txt");

        assertEquals(0, said.exit(), said.all());
        assertTrue(Files.exists(home.resolve("settings.txt")));
        assertEquals(0, git("check-ignore", "-q", "settings.txt"));
    }

    @Test
    void init_nameThatGitWouldTakeBelowTheTop_isNotWritten() throws Exception {
        Files.createDirectory(home.resolve("service"));

        Cli.Said said = cli.run("init", "--file", "service/settings.txt");

        assertEquals(1, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve("service/settings.txt")), said.all());
    }

    @ParameterizedTest
    @ValueSource(strings = {".env.production", "settings.txt", "service/settings.txt"})
    void init_fileThatGitHas_getsNoSecret(String name) throws Exception {
        Files.createDirectory(home.resolve("service"));
        cli.run("init", "--no-guard", "--file", name, "--name", "FIRST");
        git("add", "-f", name);
        byte[] before = Files.readAllBytes(home.resolve(name));
        Files.writeString(home.resolve(".gitignore"), "settings.txt\n");

        Cli.Said said = cli.run("init", "--file", name, "--json");

        assertEquals(1, said.exit(), said.all());
        assertArrayEquals(before, Files.readAllBytes(home.resolve(name)));
        assertTrue(said.out().contains("\"changes\":[]"), said.out());
        assertTrue(said.out().contains("\"kind\":\"tracked\""), said.out());
    }

    @Test
    void init_ruleThatTakesTheNameBack_isNotWritten() throws Exception {
        cli.run("guard");
        Files.writeString(
                home.resolve(".gitignore"), Files.readString(home.resolve(".gitignore")) + "!.env.production\n");

        Cli.Said said = cli.run("init");

        assertEquals(1, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(".env.production")), said.all());
    }

    @Test
    void init_dryRun_tellsTheSameOnceTheBlockIsThere() {
        cli.run("guard");

        assertEquals(0, cli.run("init", "--dry-run").exit());
        assertEquals(1, cli.run("init", "--dry-run", "--file", "settings.txt").exit());
        assertFalse(Files.exists(home.resolve(".env.production")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"example", "sample", "template", "dist"})
    void verbs_nameThatIsSharedByHabit_isUsage(String shared) throws Exception {
        cli.run("guard");

        Cli.Said said = cli.run("init", "--file", ".env." + shared);

        assertEquals(2, said.exit(), said.all());
        assertEquals(2, cli.run("init", "--profile", shared).exit());
        assertFalse(Files.exists(home.resolve(".env." + shared)));
        assertEquals(1, git("check-ignore", "-q", ".env." + shared), "the block lets git have it");
    }

    @Test
    void init_ignoreFileThatIsALink_endsWithoutASecret() throws Exception {
        Files.writeString(home.resolve("elsewhere"), "");
        Files.createSymbolicLink(home.resolve(".gitignore"), home.resolve("elsewhere"));

        Cli.Said said = cli.run("init");

        assertEquals(3, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(".env.production")));
        assertTrue(said.err().contains("no secret was written"), said.err());
        assertEquals(0, cli.run("init", "--no-guard").exit());
    }

    @Test
    void init_halfABlock_endsWithoutASecret() throws Exception {
        cli.run("guard");
        String block = Files.readString(home.resolve(".gitignore"));
        Files.writeString(home.resolve(".gitignore"), block.substring(0, block.lastIndexOf('#')));

        Cli.Said said = cli.run("init");

        assertEquals(3, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(".env.production")));
    }

    @Test
    void init_repositoryThatGitRefuses_endsWithoutASecret() throws Exception {
        Files.writeString(home.resolve(".git/config"), "[core\n");

        Cli.Said said = cli.run("init");

        assertEquals(3, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(".env.production")));
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void answered_everyReason_endsItWhereThereIsARepository(Reason reason) {
        GuardReport report = new Unguarded(reason, "because");

        if (reason == Reason.NO_REPOSITORY) {
            assertSame(report, Guarding.answered(report, home));
        } else {
            assertThrows(SecretsUnavailableException.class, () -> Guarding.answered(report, home));
        }
    }

    @Test
    void answered_noGitAndNoRepository_hasNothingToGuard(@TempDir Path elsewhere) {
        GuardReport report = new Unguarded(Reason.NO_GIT, "because");

        assertSame(report, Guarding.answered(report, elsewhere));
        assertThrows(SecretsUnavailableException.class, () -> Guarding.answered(report, home.resolve("below/it")));
    }
}

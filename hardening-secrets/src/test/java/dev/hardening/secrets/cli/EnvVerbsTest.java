package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check} and {@code rotate}. */
class EnvVerbsTest {
    @TempDir
    Path home;

    private Path file;

    private void write(String text) throws Exception {
        file = home.resolve(".env.production");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    @Test
    void check_freshFile_isPerfect() {
        new Cli(home).run("init");

        Cli.Said said = new Cli(home).run("check");

        assertEquals(0, said.exit(), said.all());
        assertEquals("score 100 of 100\n", said.out());
    }

    @Test
    @Tag("secrets:A1")
    @Tag("secrets:V1")
    void check_placeholders_tellsEveryFaultAndNoValue() throws Exception {
        write("JWT_SECRET=change-me-in-production\nJWT_REFRESH_SECRET=change-me-in-production\n");

        Cli.Said said = new Cli(home).run("check");

        assertEquals(1, said.exit());
        for (String part :
                new String[] {"JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", "(reused)", "(missing)"}) {
            assertTrue(said.out().contains(part), said.out());
        }
        assertFalse(said.all().contains("change-me"), said.all());
    }

    /** Does what the findings say, to the letter. */
    @Test
    @Tag("secrets:V1")
    void check_hintsAreFollowed_nothingIsLeftToFind() throws Exception {
        write("JWT_SECRET=change-me\nJWT_REFRESH_SECRET=" + "0".repeat(64) + "\nENCRYPTION_KEY=k3J9vQ2mX7pL\n");
        Cli.Said before = new Cli(home).run("check", "--json");
        Set<String> commands = Pattern.compile("hardening-secrets ((?:init|rotate)[^,\"]*)")
                .matcher(before.out())
                .results()
                .map(hint -> hint.group(1))
                .collect(Collectors.toSet());

        for (String command : commands) {
            assertEquals(0, new Cli(home).run(command.split(" ", -1)).exit(), command);
        }

        assertEquals(4, commands.size(), commands::toString);
        assertTrue(before.out().contains("\"hint\":\"Make one: "), before.out());
        assertEquals(1, before.exit());
        assertEquals("score 100 of 100\n", new Cli(home).run("check").out());
    }

    @Test
    @Tag("secrets:V3")
    void check_development_warnsAndKeepsTheScore() throws Exception {
        write("JWT_SECRET=change-me-in-production\n");
        Cli.Said production = new Cli(home).run("check", "--name", "JWT_SECRET");

        Cli.Said development = new Cli(home)
                .run("check", "--profile", "development", "--file", file.toString(), "--name", "JWT_SECRET");

        assertEquals(1, production.exit());
        assertEquals(0, development.exit(), development.all());
        assertEquals(lastLine(production), lastLine(development));
    }

    @Test
    @Tag("secrets:V2")
    void check_knownSecret_isFound() throws Exception {
        new Cli(home).run("init");
        Secret leaked =
                EnvFile.open(home.resolve(".env.production")).find("JWT_SECRET").orElseThrow();
        Files.writeString(home.resolve("known.txt"), leaked.reveal() + "\n");

        Cli.Said said = new Cli(home).run("check", "--known", "known.txt", "--json");

        assertEquals(1, said.exit(), said.all());
        assertTrue(said.out().contains("\"rule\":\"published\""), said.out());
        assertFalse(said.all().contains(leaked.reveal()));
    }

    @Test
    void check_fileThatProgramsReadDifferently_isAFinding() throws Exception {
        write("JWT_SECRET=one\nJWT_SECRET=two\n");

        Cli.Said said = new Cli(home).run("check");

        assertEquals(1, said.exit());
        assertTrue(said.out().contains("fault: line 2"), said.out());
        assertFalse(said.out().contains("score"));
    }

    @Test
    void check_noFile_isNoAnswer() {
        assertEquals(3, new Cli(home).run("check").exit());
    }

    @Test
    void check_weakLimit_isUsage() throws Exception {
        write("A=1\n");

        assertEquals(2, new Cli(home).run("check", "--min-bits", "1").exit());
    }

    @Test
    @Tag("secrets:W4")
    void rotate_name_keepsThePreviousValue() {
        new Cli(home).run("init");
        Secret before = value("JWT_SECRET");

        Cli.Said said = new Cli(home).run("rotate", "JWT_SECRET");

        assertEquals(0, said.exit(), said.all());
        assertTrue(value("JWT_SECRET_PREVIOUS").matches(before));
        assertFalse(value("JWT_SECRET").matches(before));
        assertTrue(said.out().contains("JWT_SECRET_PREVIOUS kept"), said.out());
    }

    @Test
    @Tag("secrets:W4")
    void rotate_again_losesNothingUnlessToldTo() {
        Cli cli = new Cli(home);
        cli.run("init");
        Secret first = value("ENCRYPTION_KEY");
        cli.run("rotate", "ENCRYPTION_KEY");
        Secret second = value("ENCRYPTION_KEY");

        Cli.Said again = cli.run("rotate", "ENCRYPTION_KEY");

        assertEquals(1, again.exit(), again.all());
        assertTrue(again.err().contains("ENCRYPTION_KEY_PREVIOUS still has the value before"), again.err());
        assertTrue(value("ENCRYPTION_KEY").matches(second));
        assertTrue(value("ENCRYPTION_KEY_PREVIOUS").matches(first));
        assertEquals(
                2,
                cli.run("rotate", "ENCRYPTION_KEY", "--no-previous", "--replace-previous")
                        .exit());

        Cli.Said replaced = cli.run("rotate", "ENCRYPTION_KEY", "--replace-previous");

        assertTrue(replaced.out().contains("ENCRYPTION_KEY_PREVIOUS replaced"), replaced.all());
        assertTrue(value("ENCRYPTION_KEY_PREVIOUS").matches(second));
    }

    @Test
    void rotate_withoutPreviousWhereOneIsLeft_saysSo() {
        Cli cli = new Cli(home);
        cli.run("init");
        assertFalse(cli.run("rotate", "JWT_SECRET", "--no-previous").out().contains("_PREVIOUS"));
        cli.run("rotate", "JWT_SECRET");

        Cli.Said said = cli.run("rotate", "JWT_SECRET", "--no-previous");

        assertTrue(said.out().contains("JWT_SECRET_PREVIOUS still has an earlier value"), said.all());
    }

    @Test
    void rotate_withoutPrevious_losesTheValue() {
        new Cli(home).run("init");
        Secret before = value("ENCRYPTION_KEY");

        Cli.Said said = new Cli(home).run("rotate", "ENCRYPTION_KEY", "--no-previous");

        assertEquals(0, said.exit(), said.all());
        assertFalse(value("ENCRYPTION_KEY").matches(before));
        assertTrue(value("ENCRYPTION_KEY").reveal().matches("[0-9a-f]{64}"));
        assertFalse(EnvFile.open(home.resolve(".env.production")).names().contains("ENCRYPTION_KEY_PREVIOUS"));
    }

    @Test
    void rotate_dryRun_writesNothing() {
        new Cli(home).run("init");
        Secret before = value("JWT_SECRET");

        Cli.Said said = new Cli(home).run("rotate", "JWT_SECRET", "--dry-run", "--kind", "base58:256");

        assertEquals(0, said.exit(), said.all());
        assertTrue(value("JWT_SECRET").matches(before));
        assertTrue(said.out().contains("would change"), said.out());
    }

    @Test
    void rotate_nameThatIsNotThere_isAFinding() {
        new Cli(home).run("init");

        assertEquals(1, new Cli(home).run("rotate", "JWT_SECRT").exit());
    }

    private Secret value(String name) {
        return EnvFile.open(home.resolve(".env.production")).find(name).orElseThrow();
    }

    private static String lastLine(Cli.Said said) {
        return said.out().lines().reduce("", (before, line) -> line);
    }
}

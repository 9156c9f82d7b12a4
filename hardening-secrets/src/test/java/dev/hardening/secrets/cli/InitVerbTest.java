package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitVerbTest {
    private static final List<String> NAMES =
            List.of("JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", "ENCRYPTION_KEY");

    @TempDir
    Path home;

    @Test
    @Tag("secrets:G1")
    void init_emptyFolder_writesTheFourNamesAndSaysBothStrengths() {
        Cli.Said said = new Cli(home).run("init");

        assertEquals(0, said.exit(), said.all());
        assertEquals(NAMES, EnvFile.open(home.resolve(".env.production")).names());
        assertTrue(
                said.out().contains("JWT_SECRET added: 64 characters, 512 bits long, 383.9 bits strong"), said.out());
        assertTrue(said.out().contains("ENCRYPTION_KEY added: 64 characters, 512 bits long, 256.0 bits strong"));
        assertTrue(said.out().contains("drawn from "));
    }

    @Test
    @Tag("secrets:W1")
    void init_file_isForItsOwner() throws Exception {
        new Cli(home).run("init", "--profile", "staging");

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(".env.staging"))));
    }

    @Test
    @Tag("secrets:W4")
    void init_again_changesNoByte() throws Exception {
        Path file = home.resolve(".env.production");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "# kept\r\nJWT_SECRET=mine\r\n");
        new Cli(home).run("init");
        byte[] first = Files.readAllBytes(file);

        Cli.Said said = new Cli(home).run("init");

        assertEquals(0, said.exit(), said.all());
        assertArrayEquals(first, Files.readAllBytes(file));
        assertTrue(
                new String(first, java.nio.charset.StandardCharsets.UTF_8).startsWith("# kept\r\nJWT_SECRET=mine\r\n"));
        assertTrue(said.out().contains("added 0 of 4"), said.out());
    }

    @Test
    void init_dryRun_writesNothing() {
        Cli.Said said = new Cli(home).run("init", "--dry-run");

        assertEquals(0, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve(".env.production")));
        assertTrue(said.out().contains("would add 4 of 4"), said.out());
    }

    @Test
    void init_namesOfItsOwn_makesTheirKinds() {
        Cli.Said said = new Cli(home)
                .run("init", "--file", "own.env", "--name", "API=base58:192", "--name", "PHRASE=words:128");

        assertEquals(0, said.exit(), said.all());
        EnvFile file = EnvFile.open(home.resolve("own.env"));
        assertEquals(List.of("API", "PHRASE"), file.names());
        assertEquals(33, file.find("API").orElseThrow().length());
        assertEquals(11, file.find("PHRASE").orElseThrow().reveal().split("-").length);
    }

    @Test
    @Tag("secrets:W5")
    void init_valueInPlaceOfAKind_isNotRepeated() {
        Cli.Said said = new Cli(home).run("init", "--name", "JWT_SECRET=correct-horse-battery");

        assertEquals(2, said.exit());
        assertFalse(said.all().contains("correct"), said.all());
        assertTrue(said.err().contains("the kind of JWT_SECRET must be token64"), said.err());
    }

    @Test
    void init_exampleProfile_isRefused() {
        assertEquals(2, new Cli(home).run("init", "--profile", "example").exit());
    }

    @Test
    @Tag("secrets:W3")
    void init_fileThatOthersRead_isRefused() throws Exception {
        Path file = home.resolve(".env.production");
        Files.writeString(file, "A=1\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        Cli.Said said = new Cli(home).run("init");

        assertEquals(1, said.exit());
        assertEquals(1, said.err().lines().count(), said.err());
    }

    @Test
    void init_json_isOneDocument() throws Exception {
        Cli.Said said = new Cli(home).run("init", "--json");

        var read = new com.fasterxml.jackson.databind.ObjectMapper().readTree(said.out());
        assertEquals("hardening-secrets-cli/1", read.get("format").asText());
        assertEquals("init", read.get("verb").asText());
        assertEquals(4, read.get("changes").size());
        assertEquals(512, read.get("changes").get(0).get("lengthBits").asInt());
        assertEquals(383.9, read.get("changes").get(0).get("strengthBits").asDouble());
        assertEquals(1, said.out().lines().count());
    }
}

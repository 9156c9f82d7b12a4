package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of {@code tls}. */
class TlsVerbsTest {
    @TempDir
    Path home;

    private static X509Certificate read(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    @Test
    void leaf_ofAnAuthority_isSignedByIt() throws Exception {
        Cli cli = new Cli(home);
        Cli.Said authority = cli.run("tls", "dev-ca");

        Cli.Said leaf = cli.run("tls", "leaf", "--name", "localhost", "--address", "127.0.0.1", "--lifetime", "30d");

        assertEquals(0, authority.exit(), authority.all());
        assertEquals(0, leaf.exit(), leaf.all());
        X509Certificate server = read(home.resolve("server.pem"));
        assertEquals(2, server.getSubjectAlternativeNames().size());
        assertEquals(
                cli.clock.instant().plus(Duration.ofDays(30)),
                server.getNotAfter().toInstant());
        assertTrue(leaf.out().contains("until " + server.getNotAfter().toInstant()), leaf.out());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("server.key"))));
        assertFalse(leaf.all().contains("BEGIN"), leaf.all());
    }

    @Test
    void authority_again_isTheSame() throws Exception {
        Cli cli = new Cli(home);
        cli.run("tls", "dev-ca", "--domain", "lms.test", "--lifetime", "10d");
        byte[] first = Files.readAllBytes(home.resolve("dev-ca/ca.pem"));

        Cli.Said said = cli.run("tls", "dev-ca", "--domain", "lms.test");

        assertEquals(0, said.exit(), said.all());
        org.junit.jupiter.api.Assertions.assertArrayEquals(first, Files.readAllBytes(home.resolve("dev-ca/ca.pem")));
        assertEquals(
                0,
                cli.run("tls", "issue", "--name", "lms.test", "--lifetime", "5d")
                        .exit());
        assertTrue(cli.run("tls", "dev-ca").out().contains("lms.test"));
        assertEquals(
                1,
                cli.run("tls", "leaf", "--name", "localhost", "--out", "other").exit());
    }

    @Test
    @Tag("secrets:W5")
    void names_thatSomebodyMayOwn_needTheWord() {
        Cli cli = new Cli(home);

        Cli.Said refused = cli.run("tls", "dev-ca", "--domain", "bank.com");
        assertEquals(2, refused.exit());
        assertTrue(refused.err().contains("--allow-any-name takes it anyway"), refused.err());
        assertFalse(Files.exists(home.resolve("dev-ca")));
        assertEquals(
                0,
                cli.run("tls", "dev-ca", "--domain", "bank.com", "--allow-any-name")
                        .exit());
    }

    @Test
    void leaf_filesThatExist_areKeptUnlessForced() throws Exception {
        Cli cli = new Cli(home);
        cli.run("tls", "dev-ca");
        cli.run("tls", "leaf", "--name", "localhost");
        String before = Files.readString(home.resolve("server.pem"));

        assertEquals(1, cli.run("tls", "leaf", "--name", "localhost").exit());
        assertEquals(before, Files.readString(home.resolve("server.pem")));
        assertEquals(
                0,
                cli.run("tls", "leaf", "--name", "localhost", "--force", "--key", "ed25519")
                        .exit());
    }

    @Test
    void verbs_dryRun_endAsTheRunWould() throws Exception {
        Cli cli = new Cli(home);
        assertEquals(
                2,
                cli.run("tls", "dev-ca", "--dry-run", "--domain", "google.com").exit());
        assertEquals(
                3, cli.run("tls", "dev-ca", "--dry-run", "--folder", "absent/x").exit());
        cli.run("tls", "dev-ca", "--domain", "lms.test");
        byte[] trusted = Files.readAllBytes(home.resolve("dev-ca/ca.pem"));

        assertEquals(
                1, cli.run("tls", "leaf", "--name", "localhost", "--dry-run").exit());
        assertEquals(
                0, cli.run("tls", "leaf", "--name", "lms.test", "--dry-run").exit());
        assertEquals(
                1,
                cli.run("tls", "dev-ca", "--domain", "other.test", "--dry-run").exit());
        assertTrue(cli.run("tls", "dev-ca", "--dry-run").out().contains("authority for lms.test until"));
        Files.writeString(home.resolve("dev-ca/authority.pem"), "damaged");
        assertEquals(1, cli.run("tls", "dev-ca", "--dry-run").exit());
        assertEquals(
                1, cli.run("tls", "leaf", "--name", "lms.test", "--dry-run").exit());
        org.junit.jupiter.api.Assertions.assertArrayEquals(trusted, Files.readAllBytes(home.resolve("dev-ca/ca.pem")));
        assertFalse(Files.exists(home.resolve("server.pem")));
    }

    @Test
    void verbs_dryRun_writeNothing() throws Exception {
        Cli cli = new Cli(home);
        assertEquals(0, cli.run("tls", "dev-ca", "--dry-run").exit());
        assertFalse(Files.exists(home.resolve("dev-ca")));
        assertEquals(
                1, cli.run("tls", "leaf", "--name", "localhost", "--dry-run").exit());
        cli.run("tls", "dev-ca");

        assertEquals(
                0, cli.run("tls", "leaf", "--name", "localhost", "--dry-run").exit());
        assertFalse(Files.exists(home.resolve("server.pem")));
    }
}

package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of codes in the guide: 1 is for what was looked at, 2 for the command line, 3 for what is not there. */
class ExitCodeTest {
    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void makeAll() throws Exception {
        cli = new Cli(home).environment(Map.of("K", "kestrel-meadow-trumpet-violin-orchard", "SHORT", "short"));
        Files.createDirectory(home.resolve("rings"));
        Files.writeString(home.resolve("plain.txt"), "nothing here\n");
        assertEquals(0, cli.run("init", "--no-guard", "--name", "A").exit());
        assertEquals(0, cli.run("tls", "dev-ca", "--domain", "lms.test").exit());
        assertEquals(
                0,
                cli.run("ring create --ring signing --folder rings --key-env K".split(" "))
                        .exit());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // What was looked at.
                "1 | check --name B",
                "1 | rotate B",
                "1 | passphrase --out .env.production",
                "1 | tls leaf --name localhost",
                "1 | ring create --ring signing --folder rings --key-env K",
                "1 | ring list --ring sealng --folder rings --key-env K",
                "1 | ring promote 0f1e2d3c4b5a6978 --ring signing --folder rings --key-env SHORT",
                // The command line.
                "2 | scan --exclude [",
                "2 | scan --include {a",
                "2 | scan .. plain.txt",
                "2 | scan /etc/passwd",
                "2 | guard --ignore !x",
                "2 | init --file /",
                "2 | init --name A=words:1",
                "2 | check --min-bits 9999",
                "2 | passphrase --out /",
                "2 | tls leaf",
                "2 | tls leaf --name localhost --lifetime 9999d",
                "2 | tls leaf --name localhost --lifetime 0s",
                "2 | tls leaf --name localhost --out /",
                "2 | tls leaf --name localhost --domain google.com",
                "2 | tls dev-ca --folder new --domain google.com",
                "2 | tls dev-ca --folder new --for-address 8.8.8.8",
                "2 | tls dev-ca --folder new --lifetime 1s",
                "2 | tls dev-ca --folder new --lifetime 3651d",
                "2 | keygen --name ../x",
                "2 | seal plain.txt / --folder rings --ring signing --key-env K --force",
                "2 | open plain.txt / --folder rings --ring signing --key-env K --force",
                "2 | ring list --ring signing --folder rings --key-env K --propagation 0s",
                "2 | ring list --ring signing --folder rings --key-env K --propagation 31d",
                "2 | ring list --ring signing --folder rings --key-env ABSENT",
                "2 | ring list --ring signing --folder rings --key-file /",
                "2 | ring list --ring signing --folder rings --passphrase-env K --passphrase-id a@b",
                "2 | ring list --ring signing --jdbc-url jdbc:mysql://h/d --key-env K",
                "2 | ring promote one --ring signing --folder rings --key-env K",
                // What is not there.
                "3 | scan absent",
                "3 | scan plain.txt absent",
                "3 | scan --baseline absent",
                "3 | guard absent",
                "3 | check --file absent",
                "3 | check --known absent",
                "3 | init --file absent/x",
                "3 | rotate A --file absent/x",
                "3 | keygen --folder absent",
                "3 | passphrase --out absent/x",
                "3 | tls leaf --name lms.test --out absent/x",
                "3 | tls dev-ca --folder absent/x",
                "3 | ring list --ring signing --folder absent --key-env K",
                "3 | ring list --ring signing --folder rings --key-file absent",
                "3 | ring list --ring signing --folder rings --key-file absent/x",
                "3 | ring list --ring signing --folder rings --keystore absent --keystore-password-env K"
            })
    void verb_badInput_endsAsTheGuideSays(int exit, String line) {
        Cli.Said said = cli.run(line.split(" "));

        assertEquals(exit, said.exit(), said.all());
        assertFalse(said.err().contains("unexpected"), said.err());
        assertFalse(Files.exists(home.resolve("new")), said.all());
    }
}

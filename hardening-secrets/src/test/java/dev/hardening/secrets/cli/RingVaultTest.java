package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.vault.Vault;
import dev.hardening.secrets.vault.VaultStandIn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ring that Vault wraps, at the command line. */
@Tag("secrets:E6")
class RingVaultTest {
    private static final String RAW = "r".repeat(64);

    @TempDir
    Path home;

    private VaultStandIn server;
    private Cli cli;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectory(home.resolve("rings"));
        server = new VaultStandIn();
        server.keys.put("lms", new byte[32]);
        cli = new Cli(home).environment(Map.of("TOKEN", VaultStandIn.TOKEN, "RAW", RAW, "OTHER", "hvs.canary-canary"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Cli.Said vault(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--folder", "rings", "--key-vault", server.address().toString()));
        all.addAll(List.of("--key-vault-key", "lms", "--key-vault-token-env", "TOKEN"));
        return cli.run(all.toArray(String[]::new));
    }

    private JsonNode ring(String verb, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("ring", verb, "--ring", "sealing", "--json"));
        all.addAll(List.of(words));
        Cli.Said said = vault(all.toArray(String[]::new));
        assertEquals(0, said.exit(), said.all());
        assertFalse(said.all().contains(VaultStandIn.TOKEN.substring(0, 8)), said.all());
        return new ObjectMapper().readTree(said.out());
    }

    private String root() throws Exception {
        return Files.readString(home.resolve("rings/sealing-root.json"));
    }

    @Test
    @Tag("secrets:E5")
    void ring_ofAService_isRotatedAndRewrapped() throws Exception {
        String first;
        try (Vault vault = Vault.builder()
                .address(server.address())
                .token(Secret.of(VaultStandIn.TOKEN))
                .build()) {
            KeyRing service = KeyRing.builder()
                    .name("sealing")
                    .kind(KeyKind.AES_256)
                    .store(new FileRingStore(home.resolve("rings")))
                    .keyEncryptionKey(vault.transit("transit", "lms"))
                    .build();
            first = service.active().id();
        }

        assertEquals(first, ring("list").get("keys").get(0).get("id").asText());
        String second = ring("add").get("id").asText();
        ring("promote", second, "--now");
        ring("disable", first, "--now");
        ring("destroy", first);
        String before = root();
        assertTrue(ring("rewrap").get("rewrapped").asBoolean());

        assertFalse(before.equals(root()), "the root key is wrapped anew");
        assertEquals(2, ring("list").get("keys").size());
    }

    @Test
    void ring_wrappedByASecret_movesToVaultAndBack() throws Exception {
        assertEquals(
                0,
                cli.run("ring", "create", "--ring", "sealing", "--folder", "rings", "--key-env", "RAW")
                        .exit());

        assertTrue(ring("rewrap", "--previous-key-env", "RAW").get("rewrapped").asBoolean());
        assertTrue(root().contains("vault-transit:transit/lms"), root());
        assertEquals(
                3,
                cli.run("ring", "list", "--ring", "sealing", "--folder", "rings", "--key-env", "RAW")
                        .exit());

        Cli.Said back = cli.run(("ring rewrap --ring sealing --folder rings --key-env RAW --previous-key-vault "
                        + server.address() + " --previous-key-vault-key lms --previous-key-vault-token-env TOKEN")
                .split(" "));
        assertEquals(0, back.exit(), back.all());
        assertEquals(
                0,
                cli.run("ring", "list", "--ring", "sealing", "--folder", "rings", "--key-env", "RAW")
                        .exit());
    }

    @Test
    void files_underAVaultRing_areSealedAndOpened() throws Exception {
        ring("create");
        Files.writeString(home.resolve("plain.txt"), "text");

        assertEquals(0, vault("seal", "plain.txt").exit());
        assertEquals(0, vault("open", "plain.txt.sealed", "again.txt").exit());

        assertEquals("text", Files.readString(home.resolve("again.txt")));
    }

    @Test
    @Tag("secrets:W5")
    void vault_refusingOrAway_isAnOutageThatNamesNoToken() throws Exception {
        ring("create");
        String line = "ring list --ring sealing --folder rings --key-vault-key lms --key-vault " + server.address();

        Cli.Said refused = cli.run((line + " --key-vault-token-env OTHER").split(" "));
        server.close();
        Cli.Said away = cli.run((line + " --key-vault-token-env TOKEN").split(" "));

        assertEquals(3, refused.exit(), refused.all());
        assertEquals(3, away.exit(), away.all());
        assertFalse((refused.all() + away.all()).matches("(?s).*(canary|hvs\\.).*"), refused.all() + away.all());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--key-vault http://localhost:1 --key-vault-token-env TOKEN",
                "--key-vault http://localhost:1 --key-vault-key lms",
                "--key-vault http://localhost:1 --key-vault-key a/b --key-vault-token-env TOKEN",
                "--key-vault http://localhost:1 --key-vault-key lms --key-vault-mount ../sys --key-vault-token-env TOKEN",
                "--key-vault http://localhost:1 --key-vault-key lms --key-vault-token-env TOKEN --key-env RAW",
                "--key-vault http://hunter2hunter2@[ --key-vault-key lms --key-vault-token-env TOKEN",
                "--key-vault-key lms --key-vault-token-env TOKEN"
            })
    @Tag("secrets:A8")
    void vault_wrongUse_isUsageAndRepeatsNoPassword(String options) {
        Cli.Said said = cli.run(("ring create --ring sealing --folder rings " + options).split(" "));

        assertEquals(2, said.exit(), said.all());
        assertFalse(said.all().contains("hunter2"), said.all());
        assertFalse(Files.exists(home.resolve("rings/sealing-root.json")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://vault.example", "https://u:hunter2hunter2@vault.example", "ftp://vault.example"})
    @Tag("secrets:A8")
    void vault_addressThatIsNotSafe_isRefusedAndNotRepeated(String address) {
        Cli.Said said = cli.run(("ring create --ring sealing --folder rings --key-vault " + address
                        + " --key-vault-key lms --key-vault-token-env TOKEN")
                .split(" "));

        assertEquals(1, said.exit(), said.all());
        assertFalse(said.all().contains("hunter2"), said.all());
    }
}

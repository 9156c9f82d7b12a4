package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An operator rotates the rings of a service in its database, while the service runs. */
@Tag("database")
class RingDatabaseTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/secrets/db/V1__key_rings.sql");

    private static final Duration KNOWN = Duration.ofSeconds(30);

    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void topUp() {
        cli = new Cli(home);
        cli.run("init", "--no-guard");
        POSTGRES.execute("DELETE FROM hardening_secrets.key_rings");
    }

    /** The service: it opened its ring at start and reads it again every ten seconds. */
    private KeyRing service(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new JdbcRingStore(POSTGRES.dataSource()))
                .keyEncryptionKey(EnvFile.open(home.resolve(".env.production"))
                        .find("ENCRYPTION_KEY")
                        .orElseThrow())
                .propagation(KNOWN)
                .clock(cli.clock)
                .ticker(cli.ticker)
                .build();
    }

    private Cli.Said run(String ring, String... words) {
        List<String> all = new ArrayList<>(List.of("ring"));
        all.addAll(List.of(words));
        all.addAll(
                List.of("--ring", ring, "--jdbc-url", url(), "--jdbc-user", POSTGRES.user(), "--propagation", "30s"));
        all.addAll(List.of("--key-env", "ENCRYPTION_KEY", "--env-file", ".env.production", "--json"));
        if (!POSTGRES.password().isEmpty()) {
            cli.environment(Map.of("DB_PASSWORD", POSTGRES.password()));
            all.addAll(List.of("--jdbc-password-env", "DB_PASSWORD"));
        }
        return cli.run(all.toArray(String[]::new));
    }

    private static String url() {
        return POSTGRES.jdbcUrl().replaceAll("\\?.*", "");
    }

    private JsonNode json(String ring, String... words) throws Exception {
        Cli.Said said = run(ring, words);
        assertEquals(0, said.exit(), said.all());
        return new ObjectMapper().readTree(said.out());
    }

    private void later(Duration time) {
        cli.clock.advance(time);
        cli.ticker.advance(time);
    }

    @Test
    @Tag("secrets:E5")
    void signingRing_rotatedByTheOperator_isPickedUpWithoutARestart() throws Exception {
        KeyRing service = service("signing", KeyKind.EC_P256);
        String first = service.active().id();

        String second = json("signing", "add").get("id").asText();
        later(KNOWN);
        assertEquals(2, service.published().size());
        json("signing", "promote", second);
        later(Duration.ofSeconds(10));

        assertEquals(second, service.active().id());
        assertTrue(service.find(first).isPresent());
        later(KNOWN);
        json("signing", "disable", first);
        later(Duration.ofSeconds(10));
        assertTrue(service.find(first).isEmpty());
    }

    @Test
    @Tag("secrets:E5")
    void sealingRing_rotatedByTheOperator_opensOldAndSealsAnew() throws Exception {
        KeyRing service = service("sealing", KeyKind.AES_256);
        Sealer sealer = Sealer.of(service);
        byte[] sealed = sealer.seal(new byte[] {1, 2, 3}, SealContext.none());

        String second = json("sealing", "add").get("id").asText();
        later(KNOWN);
        json("sealing", "promote", second);
        later(Duration.ofSeconds(10));

        assertTrue(sealer.open(sealed, SealContext.none()).value().isPresent());
        assertEquals(
                second,
                Sealer.keyIdOf(sealer.seal(new byte[1], SealContext.none())).orElseThrow());
    }

    @Test
    @Tag("secrets:E6")
    void rewrap_inTheDatabase_isReadByAServiceThatStartsWithTheNewKey() throws Exception {
        service("refresh", KeyKind.HMAC_256);
        cli.run("rotate", "ENCRYPTION_KEY");

        JsonNode done = json("refresh", "rewrap", "--previous-key-env", "ENCRYPTION_KEY_PREVIOUS");

        assertTrue(done.get("rewrapped").asBoolean());
        assertEquals(
                service("refresh", KeyKind.HMAC_256).active().id(),
                done.get("keys").get(0).get("id").asText());
    }

    @Test
    @Tag("secrets:W5")
    void database_thatRefuses_isNoAnswerInOneLine() {
        cli.environment(Map.of("DB_PASSWORD", "canary-of-a-password"));

        Cli.Said said = cli.run(
                "ring",
                "list",
                "--ring",
                "signing",
                "--jdbc-url",
                url() + "-absent",
                "--jdbc-user",
                POSTGRES.user(),
                "--jdbc-password-env",
                "DB_PASSWORD",
                "--key-env",
                "ENCRYPTION_KEY",
                "--env-file",
                ".env.production");

        assertEquals(3, said.exit(), said.all());
        assertEquals(1, said.err().lines().count(), said.err());
        assertTrue(said.err().contains("3D000"), said.err());
        assertFalse(said.all().contains("canary"), said.all());
    }
}

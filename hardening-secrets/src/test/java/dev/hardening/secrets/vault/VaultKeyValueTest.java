package dev.hardening.secrets.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.ManualScheduler;
import dev.hardening.secrets.source.SecretReader;
import dev.hardening.secrets.source.SecretReading;
import dev.hardening.secrets.source.SourceState.Freshness;
import dev.hardening.secrets.source.WatchedSource;
import dev.hardening.testing.Eventually;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:R3")
@Tag("secrets:S1")
class VaultKeyValueTest {
    private static final String PATH = "lms/production";
    private VaultStandIn server;
    private Vault vault;
    private SecretReader reader;

    @BeforeEach
    void start() throws Exception {
        server = new VaultStandIn();
        server.put(PATH, 1, "\"JWT_SECRET\":\"first\",\"DB_PASSWORD\":\"pass\\n\\u00fc\"");
        vault = vault(VaultStandIn.TOKEN).build();
        reader = vault.keyValue("secret", PATH);
    }

    @AfterEach
    void stop() {
        vault.close();
        server.close();
    }

    private Vault.Builder vault(String token) {
        return Vault.builder().address(server.address()).token(Secret.of(token));
    }

    private String refusal() {
        var refused = assertThrows(SecretsUnavailableException.class, reader::read);
        StringWriter text = new StringWriter();
        refused.printStackTrace(new PrintWriter(text));
        for (int at = 4; at + 4 <= VaultStandIn.TOKEN.length(); at++) {
            assertFalse(text.toString().contains(VaultStandIn.TOKEN.substring(at, at + 4)), text::toString);
        }
        assertFalse(text.toString().contains("canary"), text::toString);
        return refused.getMessage();
    }

    private String about(String what) {
        return "Vault at " + server.address() + ": GET secret/data/" + PATH + " " + what;
    }

    @Test
    void read_secret_givesItsTextsAndVersion() {
        SecretReading reading = reader.read();

        assertEquals(Set.of("DB_PASSWORD", "JWT_SECRET"), reading.names());
        assertEquals("first", reading.find("JWT_SECRET").map(Secret::reveal).orElseThrow());
        assertEquals("pass\nü", reading.find("DB_PASSWORD").map(Secret::reveal).orElseThrow());
        assertEquals("1", reading.revision());
        assertEquals(
                Map.of(
                        "method", "GET",
                        "path", "/v1/secret/data/" + PATH,
                        "token", VaultStandIn.TOKEN,
                        "request", "true",
                        "namespace", "",
                        "body", ""),
                server.requests.get(0));
    }

    @Test
    void read_namespace_isSent() {
        try (Vault other = vault(VaultStandIn.TOKEN).namespace("school/eu").build()) {
            other.keyValue("secret", PATH).read().close();
        }

        assertEquals("school/eu", server.requests.get(0).get("namespace"));
    }

    @Test
    void read_fieldsOfNoUse_areFindings() {
        server.put(
                PATH,
                2,
                "\"A\":\"x\",\"N\":7,\"O\":{\"k\":[1,{}]},\"E\":\"\",\"Z\":null,\"sp ace\":\"canary\",\"L\":\""
                        + "x".repeat(65_537) + "\",\"M\":\"" + "x".repeat(65_536) + "\"");

        SecretReading reading = reader.read();

        assertEquals(Set.of("A", "M"), reading.names());
        assertEquals(
                List.of("not-text", "not-text", "empty", "not-text", "name", "size"),
                reading.findings().stream().map(SecretReading.Finding::rule).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "400, Vault does not understand the request",
        "403, 'the token is not valid, or has no right to this'",
        "404, 'nothing is there, or it was deleted'",
        "412, the node has not caught up yet",
        "429, 'too many requests, or a standby node'",
        "473, a standby node",
        "500, see the log of Vault",
        "503, 'sealed, or down for maintenance'"
    })
    void read_anotherStatus_isAnOutageThatNamesIt(int status, String meaning) {
        server.behaviour = exchange -> VaultStandIn.reply(exchange, status, "{\"errors\":[\"canary\"]}");

        assertEquals(about("was answered with status " + status + ": " + meaning), refusal());
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 308})
    void read_redirect_isNotFollowedAndTheTokenStays(int status) throws Exception {
        try (VaultStandIn thief = new VaultStandIn()) {
            server.behaviour = exchange -> {
                exchange.getResponseHeaders().set("Location", thief.address() + "/v1/secret/data/" + PATH);
                return VaultStandIn.reply(exchange, status, "");
            };

            assertTrue(refusal().endsWith("a redirect, which is not followed"));
            assertTrue(thief.requests.isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "canary",
                "[]",
                "{}",
                "{\"data\":null}",
                "{\"data\":{\"data\":null,\"metadata\":{\"version\":1}}}",
                "{\"data\":{\"data\":{\"A\":\"canary\"}}}",
                "{\"data\":{\"data\":{\"A\":\"canary\"},\"metadata\":{\"version\":\"canary\"}}}",
                "{\"data\":{\"data\":{\"A\":\"canary\",\"A\":\"canary\"},\"metadata\":{\"version\":1}}}",
                "{\"data\":{\"data\":{\"A\":\"canary\"},\"metadata\":{\"version\":1}},\"data\":{}}",
                "{\"data\":{\"data\":{\"A\":\"canary\"},\"metadata\":{\"version\":1}}} canary",
                "{\"data\":{\"data\":{\"A\":\"canary\"},\"metadata\":{\"version\":1}}",
                "{\"data\":{\"data\":{\"A\":\"canary\\q\"},\"metadata\":{\"version\":1}}}",
                "{\"data\":{\"data\":{\"A\":[[[[[[[[[[[[[[[[[[[[\"canary\"]]]]]]]]]]]]]]]]]]]]},\"metadata\":{\"version\":1}}}"
            })
    void read_notVaultsJson_isAnOutageThatQuotesNothing(String body) {
        server.behaviour = exchange -> VaultStandIn.reply(exchange, 200, body);

        assertEquals(about("gave an answer that is not Vault's"), refusal());
    }

    @Test
    void read_tooManyFields_isRefused() {
        StringBuilder fields = new StringBuilder("\"F\":\"v\"");
        for (int field = 1; field < 1_000; field++) {
            fields.append(",\"F").append(field).append("\":\"v\"");
        }
        server.put(PATH, 1, fields.toString());
        assertEquals(1_000, reader.read().names().size());
        server.put(PATH, 1, fields + ",\"ONE\":\"more\"");

        assertEquals(about("gave an answer that is not Vault's"), refusal());
    }

    @Test
    void read_endlessBody_isBrokenOffAtItsLimit() {
        server.behaviour = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] noise = "canary ".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                exchange.getResponseBody().write(noise);
            }
        };

        assertEquals(about("failed: IOException"), assertTimeoutPreemptively(Duration.ofSeconds(30), this::refusal));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void read_serverThatFallsSilent_endsWithTheTimeout(boolean head) {
        CountDownLatch released = new CountDownLatch(1);
        server.behaviour = exchange -> {
            if (head) {
                exchange.sendResponseHeaders(200, 100);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
            }
            await(released);
            return true;
        };
        vault.close();
        vault = vault(VaultStandIn.TOKEN).requestTimeout(Duration.ofMillis(300)).build();
        reader = vault.keyValue("secret", PATH);

        String message = assertTimeoutPreemptively(Duration.ofSeconds(30), this::refusal);

        released.countDown();
        assertTrue(message.equals(about("was not answered within PT0.3S")) || message.contains("HttpTimeout"), message);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void read_nobodyThere_isAnOutage() {
        server.close();

        assertEquals(about("failed: ConnectException"), refusal());
    }

    @Test
    void read_interrupted_keepsTheFlag() {
        Thread.currentThread().interrupt();

        String message = refusal();

        assertTrue(Thread.interrupted());
        assertEquals(about("was interrupted"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary\r\nX-Evil: 1", "canary token", "canary\u00fc", "\tcanary"})
    void read_tokenThatNoHeaderCarries_isRefusedWithoutIt(String token) {
        try (Vault odd = vault(token).build()) {
            reader = odd.keyValue("secret", PATH);

            assertTrue(refusal().startsWith("the token for Vault at"));
        }
        assertTrue(server.requests.isEmpty());
    }

    @Test
    void tokenFile_renewedByAnAgent_isReadEachTime(@TempDir Path folder) {
        Path file = folder.resolve("token");
        PrivateFile.at(file).replace("canary-old\n".getBytes(StandardCharsets.US_ASCII));
        try (Vault other =
                Vault.builder().address(server.address()).tokenFile(file).build()) {
            reader = other.keyValue("secret", PATH);
            assertTrue(refusal().contains("status 403"));
            PrivateFile.at(file).replace((VaultStandIn.TOKEN + "\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals("1", reader.read().revision());
            PrivateFile.at(file).replace(new byte[] {'\n'});
            assertEquals(file + " holds no token", refusal());
        }
    }

    @Test
    @Tag("secrets:A10")
    void watch_versionsOutagesAndSeal_followsAndKeepsLastGood() {
        ManualScheduler scheduler = new ManualScheduler();
        WatchedSource source = WatchedSource.builder()
                .name("vault")
                .reader(reader)
                .scheduler(scheduler)
                .build();

        server.put(PATH, 2, "\"JWT_SECRET\":\"second\",\"DB_PASSWORD\":\"pass\"");
        scheduler.run();
        assertEquals(2, source.state().generation());
        assertEquals("2", source.state().revision());
        server.behaviour = exchange -> VaultStandIn.reply(exchange, 503, "{\"errors\":[\"Vault is sealed\"]}");
        scheduler.run();
        server.behaviour = exchange -> false;
        server.secrets.clear();
        scheduler.run();
        server.put(PATH, 3, "\"JWT_SECRET\":\"\",\"DB_PASSWORD\":\"pass\"");
        scheduler.run();
        assertEquals(3, source.state().failures());
        assertEquals(Freshness.STALE, source.state().freshness());
        assertEquals("second", source.find("JWT_SECRET").map(Secret::reveal).orElseThrow());
        server.put(PATH, 4, "\"JWT_SECRET\":\"fourth\"");
        scheduler.run();

        assertEquals(Freshness.FRESH, source.state().freshness());
        assertEquals("4", source.state().revision());
        assertEquals("fourth", source.find("JWT_SECRET").map(Secret::reveal).orElseThrow());
        source.close();
    }

    @Test
    @Tag("secrets:A8")
    void build_allWrong_listsEveryFaultWithoutTheAddress() {
        Vault.Builder wrong = Vault.builder()
                .address(URI.create("http://user:canary@vault.example/?q=canary#canary"))
                .namespace("a b")
                .requestTimeout(Duration.ZERO);

        var refused = assertThrows(SecretsConfigurationException.class, wrong::build);

        assertEquals(
                List.of(
                        "address must be https, or http to the loopback",
                        "address must have no user, query or fragment",
                        "one of token and tokenFile is needed",
                        "namespace must be letters, digits, dots, dashes, underscores and slashes",
                        "requestTimeout must be above zero and at most 1 min, got PT0S"),
                refused.faults());
        assertEquals(
                List.of("address is missing", "one of token and tokenFile is needed"),
                assertThrows(SecretsConfigurationException.class, Vault.builder()::build)
                        .faults());
    }

    @Test
    void build_httpElsewhere_needsItsUnsafeWord() {
        Vault.Builder plain = Vault.builder()
                .address(URI.create("http://vault.example:8200/"))
                .token(Secret.of("t"));
        assertThrows(SecretsConfigurationException.class, plain::build);
        assertThrows(
                SecretsConfigurationException.class,
                Vault.builder().address(URI.create("ftp://vault.example")).token(Secret.of("t"))::build);

        plain.unsafeAllowHttp().build().close();
        Vault.builder()
                .address(URI.create("https://vault.example/"))
                .token(Secret.of("t"))
                .build()
                .close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/a", "a/", "a//b", "..", "a/../b", "a/.", "a b", "a?b", "a%2e", "ü"})
    void keyValue_oddPath_isRefused(String path) {
        assertThrows(IllegalArgumentException.class, () -> vault.keyValue("secret", path));
        assertThrows(IllegalArgumentException.class, () -> vault.keyValue(path, "secret"));
        assertThrows(IllegalArgumentException.class, () -> vault.transit("transit", path));
    }

    @Test
    void close_always_endsItsThreads() {
        reader.read().close();

        vault.close();
        vault.close();

        Eventually.until(
                Duration.ofSeconds(10),
                "the threads end",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("hardening-secrets-vault")));
        assertEquals(
                "Vault at " + server.address() + ": GET secret/data/" + PATH + " failed: the connection is closed",
                refusal());
    }

    @Test
    @Tag("secrets:S3")
    void close_always_wipesTheToken() {
        List<String> closed = new ArrayList<>();
        VaultToken token = VaultToken.of(Secret.of(VaultStandIn.TOKEN));
        VaultToken told = new VaultToken() {
            @Override
            public Secret now() {
                return token.now();
            }

            @Override
            public void close() {
                closed.add("token");
                token.close();
            }
        };
        VaultClient client = new VaultClient(vault("unused"), server.address().toString(), told);
        token.now().close();
        assertEquals(VaultStandIn.TOKEN, token.now().reveal());

        client.close();

        assertEquals(List.of("token"), closed);
        assertThrows(IllegalStateException.class, token::now);
    }

    @Test
    void tokenFile_thatOthersMayRead_isAnOutage(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("token");
        PrivateFile.at(file).replace(VaultStandIn.TOKEN.getBytes(StandardCharsets.US_ASCII));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        try (Vault other =
                Vault.builder().address(server.address()).tokenFile(file).build()) {
            reader = other.keyValue("secret", PATH);

            assertTrue(refusal().startsWith("the token file is not safe to use: "));
        }
        assertTrue(server.requests.isEmpty());
    }
}

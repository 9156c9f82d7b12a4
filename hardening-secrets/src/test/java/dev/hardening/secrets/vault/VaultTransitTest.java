package dev.hardening.secrets.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E6")
@Tag("slow")
class VaultTransitTest {
    private static final byte[] CONTEXT = "ring/signing".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER = "ring/refresh".getBytes(StandardCharsets.US_ASCII);
    private final byte[] rootKey = "canary-root-key-of-32-bytes-long".getBytes(StandardCharsets.US_ASCII);
    private VaultStandIn server;
    private Vault vault;
    private VaultTransit key;

    @BeforeEach
    void start() throws Exception {
        server = new VaultStandIn();
        server.keys.put("lms", new byte[32]);
        vault = Vault.builder()
                .address(server.address())
                .token(Secret.of(VaultStandIn.TOKEN))
                .build();
        key = vault.transit("transit", "lms");
    }

    @AfterEach
    void stop() {
        vault.close();
        server.close();
    }

    private byte[] wrap() {
        return key.wrap(Secret.of(rootKey.clone()), CONTEXT);
    }

    @Test
    void unwrap_whatWasWrapped_isTheRootKey() {
        byte[] wrapped = wrap();

        Secret unwrapped = key.unwrap(wrapped, CONTEXT).orElseThrow();

        assertArrayEquals(rootKey, unwrapped.use(byte[]::clone));
        assertTrue(new String(wrapped, StandardCharsets.US_ASCII).startsWith("vault:v1:"));
        assertEquals("vault-transit:transit/lms", key.id());
        assertTrue(key.id().matches("[A-Za-z0-9._:/-]{1,200}"));
        assertEquals("/v1/transit/encrypt/lms", server.requests.get(0).get("path"));
        assertTrue(server.requests.get(0).get("body").contains("\"associated_data\":\"cmluZy9zaWduaW5n\""));
    }

    @Test
    @Tag("secrets:A4")
    void unwrap_anotherContext_isRefusedByVault() {
        assertEquals(Optional.empty(), key.unwrap(wrap(), OTHER));
    }

    @Test
    @Tag("secrets:A4")
    void unwrap_anotherContextOnAServerThatIgnoresIt_isRefusedHere() {
        server.ignoresAssociatedData = true;
        byte[] wrapped = wrap();

        assertTrue(key.unwrap(wrapped, CONTEXT).isPresent());
        assertEquals(Optional.empty(), key.unwrap(wrapped, OTHER));
        assertEquals(Optional.empty(), key.unwrap(wrapped, new byte[0]));
    }

    @Test
    void unwrap_anyByteChanged_isRefused() {
        byte[] wrapped = wrap();

        for (int at = 0; at < wrapped.length; at++) {
            byte[] changed = wrapped.clone();
            changed[at] = (byte) (changed[at] == 'A' ? 'B' : 'A');
            assertEquals(Optional.empty(), key.unwrap(changed, CONTEXT), "byte " + at);
        }
        assertEquals(Optional.empty(), key.unwrap(Arrays.copyOf(wrapped, wrapped.length - 4), CONTEXT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "vault:v1:", "vault:v0:AAAA", "vault:v1:AA\"}", "vault:v1:AAAA\n", "Vault:v1:AAAA", "x"})
    void unwrap_whatNeverCameFromVault_isRefusedWithoutAsking(String wrapped) {
        assertEquals(Optional.empty(), key.unwrap(wrapped.getBytes(StandardCharsets.ISO_8859_1), CONTEXT));
        assertEquals(Optional.empty(), key.unwrap(new byte[1 << 20], CONTEXT));
        assertTrue(server.requests.isEmpty());
    }

    @Test
    void unwrap_anotherKey_isRefused() {
        byte[] wrapped = wrap();
        byte[] other = new byte[32];
        other[0] = 1;
        server.keys.put("lms", other);

        assertEquals(Optional.empty(), key.unwrap(wrapped, CONTEXT));
    }

    @Test
    void unwrap_keyThatIsGone_isUnavailableAndNoRefusal() {
        byte[] wrapped = wrap();
        server.keys.clear();

        var gone = assertThrows(SecretsUnavailableException.class, () -> key.unwrap(wrapped, CONTEXT));

        assertEquals(
                "Vault at " + server.address()
                        + ": POST transit/decrypt/lms was answered with status 400: Vault does not understand the request",
                gone.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {307, 403, 404, 429, 500, 503})
    void wrapAndUnwrap_vaultRefuses_areUnavailable(int status) {
        byte[] wrapped = wrap();
        server.behaviour = exchange -> VaultStandIn.reply(exchange, status, "{\"errors\":[\"canary\"]}");

        for (SecretsUnavailableException refused : new SecretsUnavailableException[] {
            assertThrows(SecretsUnavailableException.class, this::wrap),
            assertThrows(SecretsUnavailableException.class, () -> key.unwrap(wrapped, CONTEXT))
        }) {
            assertTrue(refused.getMessage().contains("status " + status));
            assertFalse(refused.getMessage().contains("canary"));
        }
    }

    /** What a proxy thinks of a request is no word about the key, and must not read as the wrong one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html><title>400 Bad Request</title></html>",
                "{}",
                "{\"error\":\"bad request\"}",
                "{\"errors\":\"bad request\"}",
                "{\"errors\":[]}",
                "{\"errors\":[{\"code\":400}]}",
                "{\"errors\":[\"x\"]} more",
                "[\"errors\"]"
            })
    void unwrap_badRequestThatIsNotVaults_isUnavailableAndNoRefusal(String body) {
        byte[] wrapped = wrap();
        server.behaviour = exchange -> VaultStandIn.reply(exchange, 400, body);

        var foreign = assertThrows(SecretsUnavailableException.class, () -> key.unwrap(wrapped, CONTEXT));

        assertTrue(foreign.getMessage().endsWith("POST transit/decrypt/lms gave an answer that is not Vault's"));
    }

    @Test
    void unwrap_badRequestOfVaultItself_isARefusal() {
        byte[] wrapped = wrap();
        server.behaviour = exchange -> VaultStandIn.reply(
                exchange, 400, "{\"request_id\":\"\",\"errors\":[\"invalid ciphertext\"],\"data\":null}");

        assertEquals(Optional.empty(), key.unwrap(wrapped, CONTEXT));
    }

    @Test
    void wrapAndUnwrap_closedConnection_areUnavailable() {
        byte[] wrapped = wrap();
        vault.close();

        assertThrows(SecretsUnavailableException.class, this::wrap);
        assertThrows(SecretsUnavailableException.class, () -> key.unwrap(wrapped, CONTEXT));
    }

    @Test
    void wrap_keyThatTakesNoAssociatedData_isUnavailable() {
        server.behaviour = exchange -> VaultStandIn.reply(exchange, 400, "{\"errors\":[\"canary\"]}");

        assertThrows(SecretsUnavailableException.class, this::wrap);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"data\":{}}",
                "{\"data\":{\"ciphertext\":\"canary\",\"plaintext\":\"canary!\"}}",
                "{\"data\":{\"ciphertext\":7,\"plaintext\":7}}",
                "canary"
            })
    void wrapAndUnwrap_oddAnswer_isUnavailableAndQuotesNothing(String body) {
        byte[] wrapped = wrap();
        server.behaviour = exchange -> VaultStandIn.reply(exchange, 200, body);

        var first = assertThrows(SecretsUnavailableException.class, this::wrap);
        var second = assertThrows(SecretsUnavailableException.class, () -> key.unwrap(wrapped, CONTEXT));

        assertTrue(first.getMessage().endsWith("POST transit/encrypt/lms gave an answer that is not Vault's"));
        assertTrue(second.getMessage().endsWith("POST transit/decrypt/lms gave an answer that is not Vault's"));
    }

    @Test
    void unwrap_plaintextThatWasNotWrappedHere_isRefused() {
        byte[] wrapped = wrap();
        for (String plain : new String[] {"AAAA", "A".repeat(44), "A".repeat(88)}) {
            server.behaviour =
                    exchange -> VaultStandIn.reply(exchange, 200, "{\"data\":{\"plaintext\":\"" + plain + "\"}}");

            assertEquals(Optional.empty(), key.unwrap(wrapped, CONTEXT));
        }
    }
}

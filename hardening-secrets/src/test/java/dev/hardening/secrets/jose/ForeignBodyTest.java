package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies go to and fro between this module and WebCrypto, which shares no code with it. */
@Tag("secrets:E7")
class ForeignBodyTest {
    private static final byte[] BODY = "{\"name\":\"J\u00f6rg\"}".getBytes(StandardCharsets.UTF_8);

    @BeforeAll
    static void node() {
        Assumptions.assumeTrue(
                installed("node"),
                "SKIPPED, NOT PROVEN: node is not installed, so no other implementation read our JWE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A256KW", "dir"})
    void sharedKeys_betweenUsAndWebCrypto_openBothWays(String mode) throws Exception {
        KeyRing ring = Rings.of(KeyKind.AES_256);
        BodyCipher.Builder server = BodyCipher.builder().role(Role.SERVER).context("lms/api");
        BodyCipher cipher = (mode.equals("dir") ? server.directKeys(ring) : server.sharedKeys(ring)).build();
        String key = "\"kid\":\"" + ring.active().id() + "\",\"secret\":\"" + secret(ring) + "\"";

        String request = node(mode, "request", key, "\"op\":\"seal\",\"body\":\"" + encoded(BODY) + "\"");
        String response =
                node(mode, "response", key, "\"op\":\"open\",\"token\":\"" + cipher.seal(BODY, "text/plain") + "\"");

        assertOpened(cipher.open(request));
        assertEquals(encoded(BODY), response);
    }

    @Test
    void agreedKeys_betweenUsAndWebCrypto_openBothWays() throws Exception {
        KeyRing server = Rings.of(KeyKind.EC_P256);
        KeyRing browser = Rings.of(KeyKind.EC_P256);
        BodyCipher cipher = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .ownKeys(server)
                .recipient(RecipientKey.parse(EncryptionJwks.of(browser).active()))
                .build();
        String toServer = "\"kid\":\"" + server.active().id() + "\",\"jwk\":"
                + EncryptionJwks.of(server).active();
        String own = "\"jwk\":" + privateJwk(browser);

        String request =
                node("ECDH-ES+A256KW", "request", toServer, "\"op\":\"seal\",\"body\":\"" + encoded(BODY) + "\"");
        String response =
                node("ECDH-ES+A256KW", "response", own, "\"op\":\"open\",\"token\":\"" + cipher.seal(BODY, "") + "\"");

        assertOpened(cipher.open(request));
        assertEquals(encoded(BODY), response);
    }

    private static void assertOpened(Opening opening) {
        Opening.Opened opened = assertInstanceOf(Opening.Opened.class, opening);
        assertArrayEquals(BODY, opened.content());
        assertEquals("application/json", opened.contentType());
    }

    private static String secret(KeyRing ring) {
        try (Secret material = ring.active().material()) {
            return material.use(ForeignBodyTest::encoded);
        }
    }

    private static String privateJwk(KeyRing ring) {
        byte[] number = ((ECPrivateKey) ring.active().privateKey()).getS().toByteArray();
        byte[] exact = new byte[32];
        int length = Math.min(number.length, exact.length);
        System.arraycopy(number, number.length - length, exact, exact.length - length, length);
        String publicJwk = EncryptionJwks.of(ring).active();
        String noUse = publicJwk.replaceAll(",\"(use|alg|kid)\":\"[^\"]*\"", "");
        return noUse.substring(0, noUse.length() - 1) + ",\"d\":\"" + encoded(exact) + "\"}";
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String node(String mode, String direction, String key, String work)
            throws IOException, InterruptedException, URISyntaxException {
        Path script = Path.of(Objects.requireNonNull(ForeignBodyTest.class.getResource("/jose/jwe.mjs"))
                .toURI());
        Process process = new ProcessBuilder("node", script.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String input = "{\"mode\":\"" + mode + "\",\"direction\":\"" + direction + "\",\"context\":\"lms/api\"," + key
                + "," + work + "}";
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "node did not end");
        assertEquals(0, process.exitValue());
        return output;
    }

    private static boolean installed(String program) {
        return Arrays.stream(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}

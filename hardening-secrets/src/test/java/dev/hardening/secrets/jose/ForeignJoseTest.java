package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwe.JsonWebEncryption;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies go to and fro between this module and jose4j, a JOSE library of others that shares no code with ours. */
@Tag("secrets:E7")
class ForeignJoseTest {
    private static final byte[] BODY = "{\"name\":\"J\u00f6rg\"}".getBytes(StandardCharsets.UTF_8);
    private static final String TO_SERVER = "hardening-jwe/1 request lms/api";
    private static final String TO_CLIENT = "hardening-jwe/1 response lms/api";

    @ParameterizedTest
    @ValueSource(strings = {"A256KW", "dir"})
    void sharedKeys_betweenUsAndJose4j_openBothWays(String mode) throws Exception {
        KeyRing ring = Rings.of(KeyKind.AES_256);
        BodyCipher.Builder server = BodyCipher.builder().role(Role.SERVER).context("lms/api");
        BodyCipher cipher = (mode.equals("dir") ? server.directKeys(ring) : server.sharedKeys(ring)).build();

        JsonWebEncryption request = request(mode, ring.active().id());
        request.setKey(derived(ring, TO_SERVER + " " + mode));
        JsonWebEncryption response =
                received(mode, cipher.seal(BODY, "text/plain"), derived(ring, TO_CLIENT + " " + mode));

        assertOpened(cipher.open(request.getCompactSerialization()));
        assertArrayEquals(BODY, response.getPlaintextBytes());
        assertEquals("response+jwe", response.getHeader("typ"));
        assertEquals("text/plain", response.getContentTypeHeaderValue());
    }

    @Test
    void agreedKeys_betweenUsAndJose4j_openBothWays() throws Exception {
        KeyRing server = Rings.of(KeyKind.EC_P256);
        KeyRing client = Rings.of(KeyKind.EC_P256);
        BodyCipher cipher = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .ownKeys(server)
                .recipient(RecipientKey.parse(EncryptionJwks.of(client).active()))
                .build();
        PublicJsonWebKey published = PublicJsonWebKey.Factory.newPublicJwk(
                String.valueOf(EncryptionJwks.of(server).active()));

        JsonWebEncryption request = request("ECDH-ES+A256KW", published.getKeyId());
        request.setHeader("apv", encoded(TO_SERVER.getBytes(StandardCharsets.UTF_8)));
        request.setKey(published.getPublicKey());
        JsonWebEncryption response = received(
                "ECDH-ES+A256KW", cipher.seal(BODY, ""), client.active().privateKey());

        assertOpened(cipher.open(request.getCompactSerialization()));
        assertArrayEquals(BODY, response.getPlaintextBytes());
        assertEquals("response+jwe", response.getHeader("typ"));
    }

    private static JsonWebEncryption request(String mode, String keyId) {
        JsonWebEncryption jwe = new JsonWebEncryption();
        jwe.setAlgorithmHeaderValue(mode);
        jwe.setEncryptionMethodHeaderParameter("A256GCM");
        jwe.setKeyIdHeaderValue(keyId);
        jwe.setHeader("typ", "request+jwe");
        jwe.setContentTypeHeaderValue("application/json");
        jwe.setPlaintext(BODY);
        return jwe;
    }

    private static JsonWebEncryption received(String mode, String token, Key key) throws JoseException {
        JsonWebEncryption jwe = new JsonWebEncryption();
        jwe.setAlgorithmConstraints(new AlgorithmConstraints(AlgorithmConstraints.ConstraintType.PERMIT, mode));
        jwe.setContentEncryptionAlgorithmConstraints(
                new AlgorithmConstraints(AlgorithmConstraints.ConstraintType.PERMIT, "A256GCM"));
        jwe.setCompactSerialization(token);
        jwe.setKey(key);
        return jwe;
    }

    private static void assertOpened(Opening opening) {
        Opening.Opened opened = assertInstanceOf(Opening.Opened.class, opening);
        assertArrayEquals(BODY, opened.content());
        assertEquals("application/json", opened.contentType());
    }

    /** HKDF (RFC 5869) with SHA-256 and an empty salt, for one block, as docs/secrets/bodies.md tells it to others. */
    private static Key derived(KeyRing ring, String info) throws GeneralSecurityException {
        try (Secret material = ring.active().material()) {
            byte[] extracted = hmac(new byte[32], material.use(byte[]::clone));
            byte[] label = info.getBytes(StandardCharsets.UTF_8);
            byte[] block = Arrays.copyOf(label, label.length + 1);
            block[label.length] = 1;
            return new SecretKeySpec(hmac(extracted, block), "AES");
        }
    }

    private static byte[] hmac(byte[] key, byte[] content) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(content);
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

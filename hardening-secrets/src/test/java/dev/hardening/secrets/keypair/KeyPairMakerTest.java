package dev.hardening.secrets.keypair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SeededSecureRandom;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("secrets:G5")
class KeyPairMakerTest {
    private static KeyPairMaker seeded(String seed) {
        return KeyPairMaker.create(new SeededSecureRandom(seed));
    }

    @ParameterizedTest
    @EnumSource
    void next_anyKind_halvesBelongTogetherInEveryForm(KeyPairKind kind) throws GeneralSecurityException {
        MadeKeyPair pair = seeded("halves " + kind).next(kind);
        KeyFactory factory = KeyFactory.getInstance(kind.algorithm());
        byte[] pkcs8 = pair.privatePkcs8().use(byte[]::clone);
        String name = signature(kind);
        Signature signer = Signature.getInstance(name);
        signer.initSign(factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
        signer.update(pkcs8);

        Signature verifier = Signature.getInstance(name);
        verifier.initVerify(pair.publicKey());
        verifier.update(pkcs8);

        assertTrue(verifier.verify(signer.sign()));
        assertArrayEquals(pkcs8, body(pair.privatePem().reveal(), "PRIVATE KEY"));
        assertArrayEquals(pair.publicKey().getEncoded(), body(pair.publicPem(), "PUBLIC KEY"));
        assertEquals(kind, pair.kind());
    }

    @ParameterizedTest
    @EnumSource(names = {"ED25519", "EC_P256", "EC_P384"})
    @Tag("secrets:G4")
    void next_manyPairs_areDistinctAndTheirNumbersHaveFullLength(KeyPairKind kind) {
        KeyPairMaker maker = seeded("many " + kind);
        int characters = kind == KeyPairKind.EC_P384 ? 64 : 43;
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 600; i++) {
            MadeKeyPair pair = maker.next(kind);
            Matcher members = Pattern.compile("\"([xyd])\":\"([^\"]*)\"")
                    .matcher(pair.privateJwk().reveal());
            while (members.find()) {
                assertEquals(characters, members.group(2).length(), members.group(1));
            }
            assertTrue(ids.add(pair.id()));
        }
    }

    /** RFC 8037, appendix A. */
    @Test
    void jwk_keyOfRfc8037_isThatOfTheAppendix() throws GeneralSecurityException {
        byte[] raw = HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        SecureRandom fixed = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(raw, 0, bytes, 0, raw.length);
            }
        };

        MadeKeyPair pair = KeyPairMaker.create(fixed).next(KeyPairKind.ED25519);

        assertEquals("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", pair.id());
        assertEquals(
                "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\""
                        + pair.id() + "\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}",
                pair.privateJwk().reveal());
    }

    @ParameterizedTest
    @EnumSource(names = {"ED25519", "EC_P256", "RSA_3072"})
    void publicForms_always_holdNothingOfThePrivateHalf(KeyPairKind kind) {
        MadeKeyPair pair = seeded("public " + kind).next(kind);

        assertFalse(pair.publicJwk().matches(".*\"(d|p|q|dp|dq|qi|k)\".*"), pair.publicJwk());
        assertEquals("{\"keys\":[" + pair.publicJwk() + "]}", pair.publicJwkSet());
        assertEquals("MadeKeyPair[" + kind + " " + pair.id() + "]", pair.toString());
    }

    @Test
    @Tag("secrets:S3")
    void close_always_wipesWhatWasEncoded() {
        MadeKeyPair pair = seeded("close").next(KeyPairKind.EC_P256);
        pair.close();
        pair.close();

        assertThrows(IllegalStateException.class, pair::privatePkcs8);
        assertThrows(IllegalStateException.class, pair::privatePem);
        assertThrows(IllegalStateException.class, pair::privateJwk);
        assertEquals("EC", pair.publicKey().getAlgorithm());
    }

    @Test
    void create_sha1prng_isRefusedAndOthersAreNamed() throws GeneralSecurityException {
        SecureRandom weak = SecureRandom.getInstance("SHA1PRNG");

        assertThrows(SecretsConfigurationException.class, () -> KeyPairMaker.create(weak));
        assertEquals(
                "DRBG", KeyPairMaker.create(SecureRandom.getInstance("DRBG")).source());
    }

    private static String signature(KeyPairKind kind) {
        return switch (kind) {
            case ED25519 -> "Ed25519";
            case EC_P256, EC_P384 -> "SHA384withECDSA";
            case RSA_3072, RSA_4096 -> "SHA384withRSA";
        };
    }

    static byte[] body(String pem, String label) {
        Matcher lines = Pattern.compile(
                        "-----BEGIN " + label + "-----\n((?:[A-Za-z0-9+/=]{1,64}\n)+)-----END " + label + "-----\n")
                .matcher(pem);
        assertTrue(lines.matches(), label);
        return Base64.getMimeDecoder().decode(lines.group(1).getBytes(StandardCharsets.US_ASCII));
    }
}

package dev.hardening.auth.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SignatureAlgorithmTest {
    private static final String X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    private static final String Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    private static final String INPUT = "eyJhbGciOiJFUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    private static final Base64URL SIGNATURE =
            new Base64URL("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");

    /** RFC 7515, appendix A.3. */
    @Test
    void es256_exampleOfTheRfc_verifies() throws Exception {
        var verifier = SignatureAlgorithm.ES256.verifier(key(X, Y));
        byte[] input = INPUT.getBytes(StandardCharsets.US_ASCII);

        assertTrue(verifier.verify(SignatureAlgorithm.ES256.header(), input, SIGNATURE));
        input[30] ^= 1;
        assertFalse(verifier.verify(SignatureAlgorithm.ES256.header(), input, SIGNATURE));
        assertEquals(64, SignatureAlgorithm.ES256.signatureLength());
    }

    @Test
    @Tag("auth:T12")
    void verifier_ofAnotherCurve_isRefused() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        PublicKey p384 = generator.generateKeyPair().getPublic();

        assertThrows(JOSEException.class, () -> {
            var verifier = SignatureAlgorithm.ES256.verifier(p384);
            verifier.verify(SignatureAlgorithm.ES256.header(), new byte[1], SIGNATURE);
        });
    }

    @Test
    @Tag("auth:T12")
    void verifier_pointOffTheCurve_isRefused() {
        assertThrows(Exception.class, () -> SignatureAlgorithm.ES256.verifier(key(X, X)));
    }

    @Test
    @Tag("auth:T2")
    void of_keyOfAnotherKind_isRefused() throws Exception {
        PublicKey rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPublic();

        assertThrows(IllegalArgumentException.class, () -> SignatureAlgorithm.of(rsa));
    }

    private static PublicKey key(String x, String y) throws Exception {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        ECPoint point = new ECPoint(number(x), number(y));
        return KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
    }

    private static BigInteger number(String base64) {
        return new Base64URL(base64).decodeToBigInteger();
    }
}

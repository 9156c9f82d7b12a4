package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.impl.ConcatKDF;
import com.nimbusds.jose.crypto.impl.ECDH;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.ring.KeyKind;
import java.security.SecureRandom;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of the standards: what is allowed comes out as printed, what is not is refused. */
@Tag("secrets:E7")
class VectorTest {
    private static final String ALICE = "{\"kty\":\"EC\",\"crv\":\"P-256\","
            + "\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","
            + "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\","
            + "\"d\":\"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo\"}";
    private static final String BOB = "{\"kty\":\"EC\",\"crv\":\"P-256\","
            + "\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","
            + "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\"}";

    /** RFC 7518, appendix C: the party infos, into which we put direction and context, go into the key. */
    @Test
    void agreement_withPartyInfos_isThatOfTheStandard() throws Exception {
        ECKey alice = ECKey.parse(ALICE);
        ECKey bob = ECKey.parse(BOB);
        JWEHeader header = new JWEHeader.Builder(JWEAlgorithm.ECDH_ES, EncryptionMethod.A128GCM)
                .agreementPartyUInfo(Base64URL.encode("Alice"))
                .agreementPartyVInfo(Base64URL.encode("Bob"))
                .build();

        SecretKey shared = ECDH.deriveSharedSecret(bob.toECPublicKey(), alice.toECPrivateKey(), null);
        SecretKey key = ECDH.deriveSharedKey(header, shared, new ConcatKDF("SHA-256"));

        assertEquals(
                "VqqN6vgjbSBcIijNcacQGg", Base64URL.encode(key.getEncoded()).toString());
    }

    /** The headers of RFC 7516, appendix A.1 to A.3 (RSA-OAEP, RSA1_5, A128KW), on bodies of the right form. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
                "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
                "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"
            })
    void examples_withAlgorithmsThatAreNotAllowed_areRefused(String header) {
        CountingKeys keys = new CountingKeys(
                new SharedKeys(Rings.of(KeyKind.AES_256), JWEAlgorithm.A256KW, "x", new SecureRandom(), 1));
        BodyCipher cipher = new BodyCipher(keys, Role.SERVER, 1000);

        String token = header + "." + "A".repeat(54) + ".48V1_ALb6US04U3b."
                + "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ";

        assertSame(Opening.Refused.REFUSED, cipher.open(token));
        assertEquals(0, keys.asked());
    }
}

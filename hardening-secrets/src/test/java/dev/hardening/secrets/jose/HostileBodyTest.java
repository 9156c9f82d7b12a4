package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.CompressionAlgorithm;
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stranger can send ends before any key is looked for, so it can cost no more than reading a small header. */
@Tag("secrets:A12")
@Tag("secrets:E7")
@Tag("ASVS-11.3.1")
@Tag("ASVS-11.3.2")
class HostileBodyTest {
    private static final int MAX_BODY = 1000;

    private final KeyRing ring = Rings.of(KeyKind.AES_256);
    private final String id = ring.active().id();
    private final SharedKeys shared =
            new SharedKeys(ring, JWEAlgorithm.A256KW, "lms/api", new SecureRandom(), SharedKeys.MOST_DIRECT);
    private final CountingKeys keys = new CountingKeys(shared);
    private final BodyCipher server = new BodyCipher(keys, Role.SERVER, MAX_BODY);
    private final BodyCipher client = new BodyCipher(shared, Role.CLIENT, MAX_BODY);
    private final KeyRing pairs = Rings.of(KeyKind.EC_P256);
    private final RecipientKey recipient =
            RecipientKey.parse(EncryptionJwks.of(pairs).active());
    private final CountingKeys agreed =
            new CountingKeys(new AgreedKeys(pairs, recipient, "lms/api", new SecureRandom()));
    private final BodyCipher agreeing = new BodyCipher(agreed, Role.SERVER, MAX_BODY);

    @Test
    void soundToken_always_reachesTheKeys() {
        String good = "'alg':'A256KW','enc':'A256GCM','kid':'" + id + "','typ':'request+jwe'";

        assertSame(Opening.Refused.REFUSED, server.open(token(good)));

        assertEquals(1, keys.asked(), "the frame of these tests itself must pass the filter");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'p2c':2147483648,'p2s':'AAAA'",
                "'p2c':'2147483648'",
                "'zip':'DEF'",
                "'crit':['exp'],'exp':1",
                "'crit':[]",
                "'crit':'b64'",
                "'jku':'https://evil.example/keys'",
                "'x5u':'https://evil.example/chain'",
                "'jwk':{'kty':'oct','k':'AAAA'}",
                "'x5c':['AAAA']",
                "'x5t':'AAAA'",
                "'iv':'AAAAAAAAAAAAAAAA','tag':'AAAAAAAAAAAAAAAAAAAAAA'",
                "'epk':{'kty':'EC','crv':'P-256','x':'A','y':'A'}",
                "'epk.kty':'EC'",
                "'apu':'AAAA'",
                "'apv':'AAAA'",
                "'skid':'x'",
                "'b64':false",
                "'cty':'JWT'",
                "'cty':'application/jose'",
                "'cty':''",
                "'cty':null",
                "'kid':'0000000000000000'",
                "'alg':'dir'",
                "'enc':'A256GCM'",
                "'':''",
                "'x':1e99999999",
                "'x':{'x':{'x':{'x':1}}}",
                "'\\u0061lg':'A256KW'"
            })
    void header_withAnythingMore_isRefusedBeforeAnyKey(String more) {
        String header = "'alg':'A256KW','enc':'A256GCM','kid':'" + id + "','typ':'request+jwe'," + more;

        assertSame(Opening.Refused.REFUSED, server.open(token(header)));

        assertEquals(0, keys.asked());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A128KW",
                "A192KW",
                "dir",
                "none",
                "RSA1_5",
                "RSA-OAEP",
                "RSA-OAEP-256",
                "PBES2-HS256+A128KW",
                "PBES2-HS512+A256KW",
                "A256GCMKW",
                "ECDH-ES",
                "ECDH-ES+A256KW",
                "ECDH-1PU+A256KW",
                "a256kw",
                "HS256",
                ""
            })
    void algorithm_otherThanThatOfTheKeys_isRefusedBeforeAnyKey(String algorithm) {
        String header = "'alg':'" + algorithm + "','enc':'A256GCM','kid':'" + id + "','typ':'request+jwe'";

        assertSame(Opening.Refused.REFUSED, server.open(token(header)));
        assertSame(Opening.Refused.REFUSED, server.open(token(header).replaceFirst("\\.[^.]+\\.", "..")));

        assertEquals(0, keys.asked());
    }

    @ParameterizedTest
    @ValueSource(strings = {"A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512", "XC20P", "a256gcm"})
    void encryption_otherThanAes256Gcm_isRefusedBeforeAnyKey(String encryption) {
        String header = "'alg':'A256KW','enc':'" + encryption + "','kid':'" + id + "','typ':'request+jwe'";

        assertSame(Opening.Refused.REFUSED, server.open(token(header)));

        assertEquals(0, keys.asked());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'enc':'A256GCM','kid':'ID','typ':'request+jwe'",
                "'alg':'A256KW','kid':'ID','typ':'request+jwe'",
                "'alg':'A256KW','enc':'A256GCM','typ':'request+jwe'",
                "'alg':'A256KW','enc':'A256GCM','kid':'ID'",
                "'alg':'A256KW','enc':'A256GCM','kid':'ID','typ':'response+jwe'",
                "'alg':'A256KW','enc':'A256GCM','kid':'ID','typ':'JWT'",
                "'alg':'A256KW','enc':'A256GCM','kid':7,'typ':'request+jwe'",
                "'alg':['A256KW'],'enc':'A256GCM','kid':'ID','typ':'request+jwe'"
            })
    void header_thatLacksOrChangesOne_isRefusedBeforeAnyKey(String header) {
        assertSame(Opening.Refused.REFUSED, server.open(token(header.replace("ID", id))));

        assertEquals(0, keys.asked());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "....",
                ".....",
                "a.b.c.d",
                "a.b.c.d.e.f",
                "{\"protected\":\"\"}",
                "\u0000\u0000.\u0000.\u0000.\u0000.\u0000"
            })
    void text_thatIsNotACompactToken_isRefusedBeforeAnyKey(String text) {
        assertSame(Opening.Refused.REFUSED, server.open(text));

        assertEquals(0, keys.asked());
    }

    @Test
    void token_inAnotherSpelling_isRefusedBeforeAnyKey() {
        String sound = client.seal(new byte[10], "");
        assertInstanceOf(Opening.Opened.class, server.open(sound));
        int asked = keys.asked();

        for (String spelling : new String[] {sound + "=", sound + "\n", " " + sound, sound.replace('.', ' ')}) {
            assertSame(Opening.Refused.REFUSED, server.open(spelling));
        }
        // 22 characters hold 128 bits and four more, which must be zero.
        char last = sound.charAt(sound.length() - 1);
        assertSame(Opening.Refused.REFUSED, server.open(sound.substring(0, sound.length() - 1) + (char) (last + 1)));

        assertEquals(asked, keys.asked());
    }

    @Test
    void duplicateName_always_isRefusedBeforeAnyKey() {
        String header = "'alg':'A256KW','alg':'A256KW','enc':'A256GCM','kid':'" + id + "','typ':'request+jwe'";

        assertSame(Opening.Refused.REFUSED, server.open(token(header)));

        assertEquals(0, keys.asked());
    }

    @Test
    void token_thatIsHuge_isRefusedUnread() {
        String header = "'alg':'A256KW','enc':'A256GCM','kid':'" + id + "','typ':'request+jwe'";
        String key = "A".repeat(54);

        assertSame(Opening.Refused.REFUSED, server.open("A".repeat(5_000_000)));
        assertSame(Opening.Refused.REFUSED, server.open(".".repeat(3000)));
        assertSame(
                Opening.Refused.REFUSED,
                server.open(encoded(header + ",'cty':'" + "a".repeat(2000) + "'") + "." + key + "..."));
        assertSame(
                Opening.Refused.REFUSED, server.open(encoded("'x':" + "[".repeat(1400) + "]".repeat(9)) + "....AAAA"));

        assertEquals(0, keys.asked());
    }

    @Test
    void bomb_ofAHundredMegabytes_isRefusedBeforeAnyKey() throws JOSEException {
        JWEHeader header = new JWEHeader.Builder(JWEAlgorithm.A256KW, EncryptionMethod.A256GCM)
                .keyID(id)
                .type(new JOSEObjectType("request+jwe"))
                .compressionAlgorithm(CompressionAlgorithm.DEF)
                .build();
        JWEObject bomb = new JWEObject(header, new Payload(new byte[100 * 1024 * 1024]));
        bomb.encrypt(shared.sealing(Direction.REQUEST).engine());
        String token = bomb.serialize();
        assertTrue(token.length() < 200_000);
        BodyCipher generous = new BodyCipher(keys, Role.SERVER, 1024 * 1024);

        assertSame(Opening.Refused.REFUSED, generous.open(token));

        assertEquals(0, keys.asked(), "not even one who has the key may send a bomb");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'kty':'EC','crv':'P-384','x':'X','y':'X'",
                "'kty':'EC','crv':'secp256k1','x':'X','y':'X'",
                "'kty':'OKP','crv':'X25519','x':'X'",
                "'kty':'EC','crv':'P-256','x':'X'",
                "'kty':'EC','crv':'P-256','x':'X','y':'short'",
                "'kty':'EC','crv':'P-256','x':'X','y':'X','d':'X'",
                "'kty':'EC','crv':'P-256','x':'X','y':'X','kid':'X'"
            })
    void ephemeralKey_ofAnotherForm_isRefusedBeforeAnyKey(String key) {
        assertSame(Opening.Refused.REFUSED, agreeing.open(token(agreement(key))));

        assertEquals(0, agreed.asked());
    }

    /** The attack that read private keys out of several implementations: a point of a weaker curve. */
    @Test
    void ephemeralKey_besideTheCurve_isRefused() {
        String besideTheCurve = "'kty':'EC','crv':'P-256','x':'X','y':'X'";

        assertSame(Opening.Refused.REFUSED, agreeing.open(token(agreement(besideTheCurve))));

        assertEquals(1, agreed.asked());
    }

    @Test
    void partyInfo_ofTheOtherDirection_isRefusedBeforeAnyKey() {
        String key = "'kty':'EC','crv':'P-256','x':'X','y':'X'";
        String other =
                agreement(key).replace(agreed.partyInfo(Direction.REQUEST), agreed.partyInfo(Direction.RESPONSE));

        assertSame(Opening.Refused.REFUSED, agreeing.open(token(other)));

        assertEquals(0, agreed.asked());
    }

    @Test
    void sharedKeysMade_fromThePublicKey_areRefusedBeforeAnyKey() {
        String header = "'alg':'A256KW','enc':'A256GCM','kid':'" + recipient.id() + "','typ':'request+jwe'";

        assertSame(Opening.Refused.REFUSED, agreeing.open(token(header)));

        assertEquals(0, agreed.asked());
    }

    private String agreement(String ephemeral) {
        String coordinate = "A".repeat(43);
        return "'alg':'ECDH-ES+A256KW','enc':'A256GCM','kid':'" + recipient.id() + "','typ':'request+jwe','apv':'"
                + agreed.partyInfo(Direction.REQUEST) + "','epk':{" + ephemeral.replace("'X'", "'" + coordinate + "'")
                + "}";
    }

    private static String token(String members) {
        return encoded(members) + "." + "A".repeat(54) + "." + "A".repeat(16) + ".AAAA." + "A".repeat(22);
    }

    private static String encoded(String members) {
        String json = "{" + members.replace('\'', '"') + "}";
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}

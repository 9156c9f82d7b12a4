package dev.hardening.auth.token;

import static dev.hardening.auth.token.TokenFixture.base64;
import static dev.hardening.auth.token.TokenFixture.json;
import static dev.hardening.auth.token.TokenFixture.with;
import static dev.hardening.auth.token.TokenFixture.without;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.crypto.impl.ECDSA;
import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.token.Verification.Reason;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.RingKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The attacks on JSON Web Tokens that have worked on others. */
class ForgedTokenTest {
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    private final TokenFixture fixture = new TokenFixture();

    @ParameterizedTest
    @Tag("auth:T1")
    @Tag("ASVS-9.1.2")
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "HS256", "ES384", "es256", "RS256", "ES256K", "EdDSA"})
    void verify_otherAlgorithmThanTheKeys_isRefused(String algorithm) {
        String header = json(with(fixture.header(), "alg", '"' + algorithm + '"'));

        assertEquals(Reason.ALGORITHM, fixture.refusal(fixture.signed(header, payload())));
    }

    @ParameterizedTest
    @Tag("auth:T1")
    @ValueSource(strings = {"[\"ES256\"]", "null", "5", "{\"alg\":\"ES256\"}", "true"})
    void verify_algorithmThatIsNoString_isRefused(String algorithm) {
        String header = json(with(fixture.header(), "alg", algorithm));

        assertEquals(Reason.HEADER_MALFORMED, fixture.refusal(fixture.signed(header, payload())));
    }

    @Test
    @Tag("auth:T1")
    void verify_unsigned_isRefused() {
        String none = base64(json(with(fixture.header(), "alg", "\"none\"")).getBytes(StandardCharsets.UTF_8));
        String input = input();

        assertEquals(Reason.MALFORMED, fixture.refusal(none + '.' + base64(payload()) + '.'));
        assertEquals(Reason.MALFORMED, fixture.refusal(input + '.'));
        assertEquals(Reason.MALFORMED, fixture.refusal(input));
        assertEquals(Reason.ALGORITHM, fixture.refusal(none + '.' + base64(payload()) + ".AAAA"));
    }

    @Test
    @Tag("auth:T2")
    void verify_publicKeyUsedAsHmacKey_isRefused() throws Exception {
        byte[] der = fixture.ring.active().publicKey().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END PUBLIC KEY-----\n";
        byte[] jwk = JwksDocument.of(fixture.ring).json();

        for (byte[] key : List.of(der, pem.getBytes(StandardCharsets.US_ASCII), jwk)) {
            for (String algorithm : List.of("HS256", "ES256")) {
                String header = json(with(fixture.header(), "alg", '"' + algorithm + '"'));
                String input = base64(header.getBytes(StandardCharsets.UTF_8)) + '.' + base64(payload());
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                String signature = base64(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
                Reason expected = algorithm.equals("HS256") ? Reason.ALGORITHM : Reason.SIGNATURE;

                assertEquals(expected, fixture.refusal(input + '.' + signature));
            }
        }
    }

    @Test
    void verify_signatureOutOfRange_isRefused() {
        BigInteger one = BigInteger.ONE;
        List<byte[]> signatures = List.of(
                rs(BigInteger.ZERO, BigInteger.ZERO),
                rs(BigInteger.ZERO, one),
                rs(one, BigInteger.ZERO),
                rs(ORDER, one),
                rs(one, ORDER),
                rs(ORDER, ORDER),
                rs(ORDER.add(one), ORDER.add(one)),
                rs(one.shiftLeft(256).subtract(one), one.shiftLeft(256).subtract(one)));

        signatures.forEach(signature -> assertEquals(Reason.SIGNATURE, refusalSigned(signature)));
    }

    @Test
    void verify_signatureOfAnotherLengthOrEncoding_isRefused() throws Exception {
        byte[] exact = Base64.getUrlDecoder().decode(fixture.signature(input()));
        byte[] der = ECDSA.transcodeSignatureToDER(exact);
        byte[] longer = Arrays.copyOf(exact, 65);
        byte[] padded = new byte[66];
        System.arraycopy(exact, 0, padded, 1, 32);
        System.arraycopy(exact, 32, padded, 34, 32);

        for (byte[] signature : List.of(der, longer, Arrays.copyOf(exact, 63), Arrays.copyOf(exact, 32), padded)) {
            assertEquals(Reason.SIGNATURE, refusalSigned(signature));
        }
    }

    @Test
    void verify_otherSpellingOfTheSignature_isValidAndRevokedWithItsSession() {
        byte[] exact = Base64.getUrlDecoder().decode(fixture.signature(input()));
        BigInteger r = new BigInteger(1, Arrays.copyOf(exact, 32));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(exact, 32, 64));

        String twin = input() + '.' + base64(rs(r, ORDER.subtract(s)));

        assertEquals(Verification.Kind.VALID, fixture.verifier.verify(twin).kind());
    }

    @ParameterizedTest
    @Tag("auth:T3")
    @Tag("auth:T5")
    @Tag("ASVS-9.1.3")
    @CsvSource(
            delimiter = '|',
            value = {
                "jku | \"https://evil.example/jwks.json\"",
                "x5u | \"https://evil.example/cert.pem\"",
                "jwk | {\"kty\":\"EC\"}",
                "x5c | [\"MIIB\"]",
                "crit | []",
                "crit | [\"exp\"]",
                "crit | [\"b64\"]",
                "b64 | false",
                "zip | \"DEF\"",
                "enc | \"A256GCM\""
            })
    void verify_headerThatBringsItsOwnRules_isRefused(String name, String value) {
        Map<String, String> header = with(fixture.header(), name, value);

        assertEquals(Reason.HEADER_FORBIDDEN, fixture.refusal(fixture.signed(header, fixture.claims())));
    }

    @Test
    @Tag("auth:T4")
    void verify_withoutKeyId_triesNoKey() {
        assertEquals(
                Reason.HEADER_MALFORMED,
                fixture.refusal(fixture.signed(without(fixture.header(), "kid"), fixture.claims())));
    }

    @ParameterizedTest
    @Tag("auth:T4")
    @ValueSource(
            strings = {
                "\"../../etc/passwd\"",
                "\"' OR '1'='1\"",
                "\"a\\u0000b\"",
                "7",
                "null",
                "\"\"",
                "[\"a\"]",
                "\"a b\""
            })
    void verify_keyIdOfAnotherForm_isRefused(String keyId) {
        Map<String, String> header = with(fixture.header(), "kid", keyId);

        assertEquals(Reason.HEADER_MALFORMED, fixture.refusal(fixture.signed(header, fixture.claims())));
    }

    @ParameterizedTest
    @Tag("auth:T4")
    @CsvSource({"64,UNKNOWN_KEY", "65,HEADER_MALFORMED", "10000,TOO_LONG"})
    void verify_unknownKeyId_isRefusedWhateverItsLength(int length, Reason reason) {
        Map<String, String> header = with(fixture.header(), "kid", '"' + "k".repeat(length) + '"');

        assertEquals(reason, fixture.refusal(fixture.signed(header, fixture.claims())));
    }

    @Test
    @Tag("auth:T2")
    void verify_keyOfAnotherInstallation_isRefused() {
        TokenFixture other = new TokenFixture();
        String foreign = other.token();
        String underOurKeyId = other.signed(json(fixture.header()), payload());

        assertEquals(Reason.UNKNOWN_KEY, fixture.refusal(foreign));
        assertEquals(Reason.SIGNATURE, fixture.refusal(underOurKeyId));
    }

    @Test
    void verify_rotatedKey_worksUntilItIsDisabled() {
        String token = fixture.token();
        RingKey old = fixture.ring.active();
        fixture.ring.unsafePromoteNow(fixture.ring.add().id());

        assertEquals(Verification.Kind.VALID, fixture.verifier.verify(token).kind());
        assertEquals(
                Verification.Kind.VALID,
                fixture.verifier.verify(fixture.token()).kind());
        fixture.ring.unsafeDisableNow(old.id());
        assertEquals(Reason.UNKNOWN_KEY, fixture.refusal(token));
    }

    @Test
    void verify_pendingKey_isNotTrustedYet() {
        RingKey pending = fixture.ring.add();
        Map<String, String> header = with(fixture.header(), "kid", '"' + pending.id() + '"');

        assertEquals(Reason.UNKNOWN_KEY, fixture.refusal(fixture.signed(header, fixture.claims())));
    }

    @ParameterizedTest
    @Tag("auth:T10")
    @Tag("ASVS-9.2.2")
    @ValueSource(
            strings = {
                "\"JWT\"",
                "\"at+JWT\"",
                "\"application/at+jwt\"",
                "\"id+jwt\"",
                "\"\"",
                "null",
                "5",
                "\"mfa+jwt\""
            })
    void verify_tokenOfAnotherKind_isRefused(String type) {
        Map<String, String> header = with(fixture.header(), "typ", type);

        assertEquals(Reason.TYPE, fixture.refusal(fixture.signed(header, fixture.claims())));
        assertEquals(Reason.TYPE, fixture.refusal(fixture.signed(without(fixture.header(), "typ"), fixture.claims())));
    }

    @Test
    @Tag("auth:T6")
    void verify_anotherSpellingOfTheSameBytes_isRefused() {
        String token = fixture.token();
        String[] parts = token.split("\\.", -1);

        for (String spelling : List.of(
                " " + token,
                token + " ",
                token + "\n",
                token + "=",
                parts[0] + "=." + parts[1] + "." + parts[2],
                parts[0] + "\n." + parts[1] + "." + parts[2],
                token.substring(0, 9) + "\r\n" + token.substring(9),
                token.replaceFirst("e", "\u0435"),
                token + ".",
                "." + token,
                parts[0] + "." + parts[1] + ".x." + parts[2],
                parts[0] + ".." + parts[1] + "." + parts[2],
                token.replace('-', '+').replace('_', '/') + "+",
                withSpareBits(token))) {
            assertEquals(Reason.MALFORMED, fixture.refusal(spelling), spelling);
        }
    }

    @ParameterizedTest
    @Tag("auth:T15")
    @ValueSource(
            strings = {
                "a.b.c.d.e",
                "{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"e30\",\"signature\":\"AA\"}]}",
                "{\"protected\":\"e30\",\"payload\":\"e30\",\"signature\":\"AA\"}",
                "..",
                ".",
                "a.b",
                "e30.e30",
                "e30..AA",
                ".e30.AA",
                "\u0000.\u0000.\u0000",
                "e30.e30.AA.AA"
            })
    void verify_otherSerialization_isRefused(String token) {
        assertEquals(Reason.MALFORMED, fixture.refusal(token));
    }

    @ParameterizedTest
    @Tag("auth:T7")
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{}{}",
                "{} x",
                "\uFEFF{}",
                "{\"alg\":\"ES256\",\"alg\":\"none\"}",
                "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}",
                "{'alg':'ES256'}",
                "{\"alg\":\"ES256\",}",
                "{\"a\":\"\\ud800\"}",
                "{\"\\udc00\":1}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{/*c*/\"a\":1}",
                "{\"a\":[[[[[[[[1]]]]]]]]}"
            })
    void verify_headerOrClaimsThatReadersWouldReadDifferently_areRefused(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        Reason expected = bytes.length == 0 ? Reason.MALFORMED : Reason.CLAIMS_MALFORMED;

        assertEquals(expected, fixture.refusal(fixture.signed(json(fixture.header()), bytes)));
        Reason header = bytes.length == 0 ? Reason.MALFORMED : Reason.HEADER_MALFORMED;
        assertEquals(header, fixture.refusal(fixture.signed(json, payload())));
    }

    @Test
    @Tag("auth:T7")
    void verify_claimsThatAreNotUtf8_areRefused() {
        for (int[] bad :
                new int[][] {{0xff}, {0xc0, 0xaf}, {0xed, 0xa0, 0x80}, {0xe2, 0x82}, {0xf5, 0x80, 0x80, 0x80}}) {
            byte[] payload = payload();
            byte[] broken = Arrays.copyOf(payload, payload.length + bad.length + 7);
            byte[] tail = ",\"x\":\"".getBytes(StandardCharsets.UTF_8);
            System.arraycopy(tail, 0, broken, payload.length - 1, tail.length);
            int at = payload.length - 1 + tail.length;
            for (int octet : bad) {
                broken[at++] = (byte) octet;
            }
            broken[at++] = '"';
            broken[at] = '}';

            assertEquals(Reason.CLAIMS_MALFORMED, fixture.refusal(fixture.signed(json(fixture.header()), broken)));
        }
    }

    @Test
    @Tag("auth:T7")
    void verify_duplicateClaim_isRefused() {
        String claims = json(fixture.claims());
        String twice = claims.substring(0, claims.length() - 1) + ",\"tenant\":\"other\"}";

        assertEquals(
                Reason.CLAIMS_MALFORMED,
                fixture.refusal(fixture.signed(json(fixture.header()), twice.getBytes(StandardCharsets.UTF_8))));
    }

    @ParameterizedTest
    @Tag("auth:T6")
    @Tag("auth:T7")
    @CsvSource({"2048,6144,", "2049,6144,TOO_LONG", "2048,6145,TOO_LONG"})
    void verify_aroundTheGreatestSizes_boundsHeaderAndPayload(int headerLength, int payloadLength, Reason reason) {
        String header = padded(fixture.header(), headerLength);
        byte[] claims = padded(fixture.claims(), payloadLength).getBytes(StandardCharsets.UTF_8);
        String whole = fixture.signed(header, claims);

        // Together they are over 8192 characters: each bound is asked alone.
        assertEquals(Reason.TOO_LONG, fixture.refusal(whole));
        if (headerLength != 2048 || payloadLength == 6144) {
            assertEquals(reason, fixture.refusal(fixture.signed(header, payload())));
        } else {
            assertEquals(reason, fixture.refusal(fixture.signed(json(fixture.header()), claims)));
        }
    }

    @Test
    @Tag("auth:T6")
    void verify_tenMegabytesOfJunk_areRefusedUnread() {
        assertEquals(Reason.TOO_LONG, fixture.refusal("e".repeat(10_000_000)));
        assertEquals(Reason.TOO_LONG, fixture.refusal("a.".repeat(4097)));
        assertEquals(Reason.MALFORMED, fixture.refusal("a.".repeat(4096)));
    }

    @Test
    @Tag("auth:T7")
    void verify_badSignature_claimsAreNotRead() {
        String token = fixture.signed(json(fixture.header()), "not json".getBytes(StandardCharsets.UTF_8));
        char last = token.charAt(token.length() - 3);
        String broken = token.substring(0, token.length() - 3)
                + (last == 'A' ? 'B' : 'A')
                + token.substring(token.length() - 2);

        assertEquals(Reason.CLAIMS_MALFORMED, fixture.refusal(token));
        assertEquals(Reason.SIGNATURE, fixture.refusal(broken));
    }

    @ParameterizedTest
    @CsvSource({"1000,", "1001,CLAIMS_MALFORMED", "5000,CLAIMS_MALFORMED"})
    void verify_hugeNumberInAnUnknownClaim_isNeverConverted(int digits, Reason reason) {
        Map<String, String> claims = with(fixture.claims(), "x", "9".repeat(digits));

        assertEquals(reason, fixture.refusal(fixture.signed(fixture.header(), claims)));
    }

    @Test
    @Tag("auth:T14")
    @Tag("ASVS-16.5.1")
    void clientText_always_isOneSentenceThatNamesNoReason() {
        for (Reason reason : Reason.values()) {
            assertTrue(!Verification.CLIENT_TEXT
                    .toUpperCase(Locale.ROOT)
                    .contains(reason.name().replace('_', ' ')));
        }
    }

    @Test
    void issuer_ofAnotherRingKind_cannotBeBuilt() {
        TokenIssuer.Builder builder = TokenIssuer.builder().keys(TokenFixture.ring("mac", KeyKind.HMAC_256));

        var refused = assertThrows(AuthConfigurationException.class, builder::build);
        assertEquals(3, refused.faults().size());
    }

    private String input() {
        return base64(json(fixture.header()).getBytes(StandardCharsets.UTF_8)) + '.' + base64(payload());
    }

    private byte[] payload() {
        return json(fixture.claims()).getBytes(StandardCharsets.UTF_8);
    }

    private Reason refusalSigned(byte[] signature) {
        return fixture.refusal(input() + '.' + base64(signature));
    }

    private static byte[] rs(BigInteger r, BigInteger s) {
        byte[] signature = new byte[64];
        copy(r, signature, 32);
        copy(s, signature, 64);
        return signature;
    }

    private static void copy(BigInteger number, byte[] target, int end) {
        byte[] bytes = number.toByteArray();
        int length = Math.min(bytes.length, 32);
        System.arraycopy(bytes, bytes.length - length, target, end - length, length);
    }

    private static String padded(Map<String, String> members, int length) {
        int missing = length - json(with(members, "x", "\"\"")).length();
        return json(with(members, "x", '"' + "y".repeat(missing) + '"'));
    }

    /** Sets a bit behind the last byte of the signature: 64 bytes leave four spare bits. */
    private static String withSpareBits(String token) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        int last = alphabet.indexOf(token.charAt(token.length() - 1));
        return token.substring(0, token.length() - 1) + alphabet.charAt(last | 1);
    }
}

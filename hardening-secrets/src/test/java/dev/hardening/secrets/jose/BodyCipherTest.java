package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWEAlgorithm;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SeededSecureRandom;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E7")
class BodyCipherTest {
    private static final byte[] BODY = "{\"mark\":\"1.3\"}".getBytes(StandardCharsets.UTF_8);
    private static final String JSON = "application/json";

    /** One of each kind of keys, as both sides of an exchange. */
    enum Mode {
        SHARED,
        DIRECT,
        AGREED;

        Pair pair(int maxBody) {
            KeyRing ring = Rings.of(this == AGREED ? KeyKind.EC_P256 : KeyKind.AES_256);
            KeyRing clients = this == AGREED ? Rings.of(KeyKind.EC_P256) : ring;
            return new Pair(side(Role.CLIENT, clients, ring, maxBody), side(Role.SERVER, ring, clients, maxBody), ring);
        }

        private BodyCipher side(Role role, KeyRing own, KeyRing other, int maxBody) {
            BodyCipher.Builder builder =
                    BodyCipher.builder().role(role).context("lms/api").maxBody(maxBody);
            return switch (this) {
                case SHARED -> builder.sharedKeys(own).build();
                case DIRECT -> builder.directKeys(own).build();
                case AGREED ->
                    builder.ownKeys(own)
                            .recipient(
                                    RecipientKey.parse(EncryptionJwks.of(other).active()))
                            .build();
            };
        }
    }

    record Pair(BodyCipher client, BodyCipher server, KeyRing serverRing) {
        static Pair of(Mode mode) {
            return mode.pair(4096);
        }
    }

    @ParameterizedTest
    @EnumSource
    void body_sealedByOneSide_isOpenedByTheOther(Mode mode) {
        Pair pair = Pair.of(mode);

        Opening request = pair.server().open(pair.client().seal(BODY, JSON));
        Opening response = pair.client().open(pair.server().seal(BODY, ""));

        assertArrayEquals(BODY, assertInstanceOf(Opening.Opened.class, request).content());
        assertEquals(JSON, assertInstanceOf(Opening.Opened.class, request).contentType());
        assertEquals("", assertInstanceOf(Opening.Opened.class, response).contentType());
        assertEquals("Opened[****]", request.toString());
        assertTrue(response.<Boolean>fold(opened -> opened.content().length == BODY.length, refused -> false));
        assertArrayEquals(BODY, request.value().orElseThrow().content());
    }

    @ParameterizedTest
    @EnumSource
    void response_sentBackAsARequest_isRefused(Mode mode) {
        Pair pair = Pair.of(mode);

        assertRefused(pair.server().open(pair.server().seal(BODY, JSON)));
        assertRefused(pair.client().open(pair.client().seal(BODY, JSON)));
    }

    @Test
    void response_withTheTypeOfARequest_stillHasAnotherKey() {
        KeyRing ring = Rings.of(KeyKind.EC_P256);
        AgreedKeys keys = new AgreedKeys(
                ring, RecipientKey.parse(EncryptionJwks.of(ring).active()), "lms/api", new SecureRandom());

        assertNotEquals(keys.partyInfo(Direction.REQUEST), keys.partyInfo(Direction.RESPONSE));
    }

    @ParameterizedTest
    @EnumSource
    void body_ofAnotherContext_isRefused(Mode mode) {
        KeyRing ring = Rings.of(mode == Mode.AGREED ? KeyKind.EC_P256 : KeyKind.AES_256);
        BodyCipher here = mode.side(Role.CLIENT, ring, ring, 100);
        BodyCipher.Builder there = BodyCipher.builder().role(Role.SERVER).context("lms/apj");
        BodyCipher other = switch (mode) {
            case SHARED -> there.sharedKeys(ring).build();
            case DIRECT -> there.directKeys(ring).build();
            case AGREED -> there.ownKeys(ring).build();
        };

        assertRefused(other.open(here.seal(BODY, JSON)));
        assertTrue(mode.side(Role.SERVER, ring, ring, 100).open(here.seal(BODY, JSON)) instanceof Opening.Opened);
    }

    @Test
    void body_sealedDirectly_isRefusedWhereKeysAreWrapped() {
        KeyRing ring = Rings.of(KeyKind.AES_256);
        BodyCipher wrapped = Mode.SHARED.side(Role.SERVER, ring, ring, 100);
        BodyCipher direct = Mode.DIRECT.side(Role.CLIENT, ring, ring, 100);

        assertRefused(wrapped.open(direct.seal(BODY, JSON)));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:E3")
    @Tag("ASVS-11.2.5")
    @Tag("ASVS-11.3.3")
    void body_withAnyByteChanged_isRefused(Mode mode) {
        Pair pair = Pair.of(mode);
        String token = pair.client().seal(BODY, JSON);

        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            assertRefused(pair.server().open(token.substring(0, i) + other + token.substring(i + 1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void body_cutAnywhere_isRefused(Mode mode) {
        Pair pair = Pair.of(mode);
        String token = pair.client().seal(BODY, JSON);

        for (int length = 0; length < token.length(); length++) {
            assertRefused(pair.server().open(token.substring(0, length)));
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:E5")
    void rotation_keepsOldBodiesUntilTheKeyIsDisabled(Mode mode) {
        Pair pair = Pair.of(mode);
        String before = pair.client().seal(BODY, JSON);
        String oldKey = pair.serverRing().active().id();

        Rings.rotate(pair.serverRing());
        assertInstanceOf(Opening.Opened.class, pair.server().open(before));

        pair.serverRing().unsafeDisableNow(oldKey);
        assertRefused(pair.server().open(before));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 99, 100, 101})
    void body_atTheLimit_isTakenAndAboveIsNot(int size) {
        BodyCipher client = Mode.SHARED.pair(100).client();
        KeyRing ring = Rings.of(KeyKind.AES_256);
        BodyCipher generous = Mode.SHARED.side(Role.CLIENT, ring, ring, 200);
        BodyCipher server = Mode.SHARED.side(Role.SERVER, ring, ring, 100);
        String token = generous.seal(new byte[size], "");

        assertEquals(size <= 100, server.open(token) instanceof Opening.Opened);
        if (size > 100) {
            assertThrows(IllegalArgumentException.class, () -> client.seal(new byte[size], ""));
        }
    }

    @Test
    void token_ofTheLargestBody_isNotLongerThanTheLimitSays() {
        Pair pair = Mode.AGREED.pair(100);

        assertTrue(
                pair.client().seal(new byte[100], "text/plain; charset=utf-8").length()
                        <= pair.server().maxToken());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json",
                "application/jose",
                "application/JWT",
                "application/jose; x=y",
                "text/plain\r\nX: y",
                "a/b,c/d",
                "text/plain; charset=\"\u00fc\""
            })
    void contentType_thatIsNestedOrNotPlain_isRefused(String type) {
        BodyCipher cipher = Pair.of(Mode.SHARED).client();

        assertThrows(IllegalArgumentException.class, () -> cipher.seal(BODY, type));
    }

    @Test
    void sealing_twice_givesTwoTokens() {
        BodyCipher client = Pair.of(Mode.DIRECT).client();

        assertNotEquals(client.seal(BODY, JSON), client.seal(BODY, JSON));
    }

    @Test
    @Tag("secrets:E1")
    void directKey_thatSealedAllItMay_refusesUntilAnotherIsPromoted() {
        KeyRing ring = Rings.of(KeyKind.AES_256);
        SharedKeys few = new SharedKeys(ring, JWEAlgorithm.DIR, "lms/api", new SeededSecureRandom("few"), 2);
        BodyCipher cipher = new BodyCipher(few, Role.CLIENT, 100);
        cipher.seal(BODY, JSON);
        cipher.seal(BODY, JSON);

        SecretsUnavailableException spent =
                assertThrows(SecretsUnavailableException.class, () -> cipher.seal(BODY, JSON));

        assertTrue(String.valueOf(spent.getMessage()).contains(ring.active().id()));
        Rings.rotate(ring);
        assertFalse(cipher.seal(BODY, JSON).isEmpty());
    }

    @Test
    void recipient_chosenForOneBody_opensIt() {
        KeyRing own = Rings.of(KeyKind.EC_P256);
        KeyRing clientRing = Rings.of(KeyKind.EC_P256);
        BodyCipher server = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .ownKeys(own)
                .build();
        RecipientKey recipient =
                RecipientKey.parse(EncryptionJwks.of(clientRing).active());

        String token = server.forRecipient(recipient).seal(BODY, JSON);

        assertInstanceOf(
                Opening.Opened.class,
                Mode.AGREED.side(Role.CLIENT, clientRing, own, 100).open(token));
        assertThrows(IllegalStateException.class, () -> server.seal(BODY, JSON));
        assertThrows(
                IllegalStateException.class, () -> Pair.of(Mode.SHARED).server().forRecipient(recipient));
        assertEquals(Role.SERVER, server.role());
        assertEquals(1024 * 1024, server.maxBody());
    }

    @Test
    void senderWithoutOwnKeys_opensNothing() {
        KeyRing ring = Rings.of(KeyKind.EC_P256);
        BodyCipher sender = BodyCipher.builder()
                .role(Role.CLIENT)
                .context("lms/api")
                .recipient(RecipientKey.parse(EncryptionJwks.of(ring).active()))
                .build();
        BodyCipher server = Mode.AGREED.side(Role.SERVER, ring, ring, 100);

        assertRefused(sender.open(server.seal(BODY, JSON)));
    }

    @Test
    void server_withARecipientAlone_isRefusedSinceItCouldOpenNothing() {
        RecipientKey recipient =
                RecipientKey.parse(EncryptionJwks.of(Rings.of(KeyKind.EC_P256)).active());
        BodyCipher.Builder server =
                BodyCipher.builder().role(Role.SERVER).context("lms/api").recipient(recipient);

        assertEquals(
                List.of("ownKeys is missing: a server with a recipient alone can open no request"),
                assertThrows(SecretsConfigurationException.class, server::build).faults());
    }

    @Test
    void recipient_takenOrNeeded_isToldByTheCipher() {
        KeyRing pairs = Rings.of(KeyKind.EC_P256);
        BodyCipher shared = Pair.of(Mode.SHARED).server();
        BodyCipher to = Mode.AGREED.side(Role.SERVER, pairs, pairs, 100);
        BodyCipher toNobody = BodyCipher.builder()
                .role(Role.SERVER)
                .context("x")
                .ownKeys(pairs)
                .build();

        assertEquals(List.of(false, false), List.of(shared.takesRecipient(), shared.needsRecipient()));
        assertEquals(List.of(true, false), List.of(to.takesRecipient(), to.needsRecipient()));
        assertEquals(List.of(true, true), List.of(toNobody.takesRecipient(), toNobody.needsRecipient()));
    }

    @Test
    void seal_withoutABody_namesWhatIsMissing() {
        BodyCipher cipher = Pair.of(Mode.SHARED).client();

        assertEquals(
                "body",
                assertThrows(NullPointerException.class, () -> cipher.seal(null, JSON))
                        .getMessage());
        assertEquals(
                "contentType",
                assertThrows(NullPointerException.class, () -> cipher.seal(BODY, null))
                        .getMessage());
    }

    @Test
    void build_withNothing_listsEveryFault() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> BodyCipher.builder().maxBody(0).build());

        assertEquals(4, refused.faults().size(), refused.getMessage());
    }

    @Test
    void build_withRingsOfTheWrongKind_saysWhichAreWanted() {
        KeyRing mac = Rings.of(KeyKind.HMAC_256);
        BodyCipher.Builder builder = BodyCipher.builder()
                .role(Role.CLIENT)
                .context("x")
                .sharedKeys(mac)
                .directKeys(mac)
                .ownKeys(mac);

        assertEquals(
                4,
                assertThrows(SecretsConfigurationException.class, builder::build)
                        .faults()
                        .size());
    }

    @Test
    void header_always_namesTheKeyAndNothingOfTheBody() {
        Pair pair = Pair.of(Mode.SHARED);
        String token = pair.client().seal(BODY, JSON);

        String header = new String(
                Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))), StandardCharsets.UTF_8);

        assertEquals(
                Stream.of("alg", "enc", "kid", "typ", "cty").count(),
                StrictMembers.read(header.getBytes(StandardCharsets.UTF_8), "epk")
                        .orElseThrow()
                        .size());
        assertTrue(header.contains(pair.serverRing().active().id()));
    }

    private static void assertRefused(Opening opening) {
        assertSame(Opening.Refused.REFUSED, opening);
        assertTrue(opening.value().isEmpty());
        assertEquals("Refused", opening.toString());
    }
}

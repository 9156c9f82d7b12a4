package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.KnownDevices.Device;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ratelimit:G5")
class KnownDevicesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FakeClock clock = FakeClock.create();
    private final KnownDevices devices =
            KnownDevices.builder(key(1)).clock(clock).build();

    static byte[] key(int seed) {
        byte[] key = new byte[32];
        new Random(seed).nextBytes(key);
        return key;
    }

    private String issue(String account) {
        return devices.issue("main", account, null);
    }

    private boolean knows(String account, String token) {
        return devices.recognize("main", account, token).isKnown();
    }

    @Test
    void recognize_tokenOfTheAccount_isKnown() {
        String token = issue("someone@example.org");

        assertTrue(knows("someone@example.org", token));
        assertTrue(knows(" SOMEONE@example.org", token), "as the throttle spells it");
    }

    @Test
    void recognize_tokenOfAnotherAccountOrTenant_isNobody() {
        String token = issue("victim");

        assertFalse(knows("other", token));
        assertFalse(devices.recognize("other", "victim", token).isKnown());
        assertFalse(devices.recognize("mainv", "ictim", token).isKnown(), "lengths are signed too");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", ".", "........", "x", "known", "\u0000", "AAAA", "\ud83d\ude00"})
    void recognize_noToken_isNobodyAndNoError(String carried) {
        assertFalse(knows("victim", carried));
    }

    @Test
    void recognize_anyBitTurned_isNobody() {
        byte[] token = Base64.getUrlDecoder().decode(issue("victim"));

        for (int bit = 0; bit < token.length * Byte.SIZE; bit++) {
            byte[] damaged = token.clone();
            damaged[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
            assertFalse(knows("victim", Base64.getUrlEncoder().encodeToString(damaged)), "bit " + bit);
        }
    }

    @Test
    void recognize_cutOrLengthened_isNobody() {
        String token = issue("victim");

        for (int length = 0; length < token.length(); length++) {
            assertFalse(knows("victim", token.substring(0, length)));
        }
        assertFalse(knows("victim", token + "A"));
        assertFalse(knows("victim", token + "="));
        assertFalse(knows("victim", " " + token));
        assertFalse(knows("victim", token + ".".repeat(1 << 20)), "one megabyte is not even looked at");
    }

    @Test
    void recognize_seededJunk_isNobodyAndNoError() {
        Random random = SeededRandom.of("KnownDevicesTest");
        String alphabet = "AZaz09-_.=+/ %\"\u00e9\u0000";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder junk = new StringBuilder();
            for (int length = random.nextInt(160); length > 0; length--) {
                junk.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertFalse(knows("victim", junk.toString()), junk.toString());
        }
    }

    @Test
    void recognize_aroundTheLifetime_endsOnTime() {
        String token = issue("victim");

        clock.advance(Duration.ofDays(90).minus(SECOND));
        assertTrue(knows("victim", token));
        clock.advance(SECOND);
        assertFalse(knows("victim", token));
        clock.advance(SECOND);
        assertFalse(knows("victim", token));
    }

    @Test
    void recognize_lifetimeShortened_countsForTokensThatAreOut() {
        String token = issue("victim");
        KnownDevices shorter = KnownDevices.builder(key(1))
                .clock(clock)
                .lifetime(Duration.ofDays(1))
                .build();

        assertTrue(shorter.recognize("main", "victim", token).isKnown());
        clock.advance(Duration.ofDays(1));

        assertFalse(shorter.recognize("main", "victim", token).isKnown());
        assertEquals(Duration.ofDays(1), shorter.lifetime());
    }

    @Test
    void recognize_issuedInTheFuture_isKnownWithinTheSkewAlone() {
        String token = issue("victim");

        clock.advance(Duration.ofMinutes(-5));
        assertTrue(knows("victim", token));
        clock.advance(SECOND.negated());
        assertFalse(knows("victim", token));
    }

    @Test
    void recognize_afterTheKeyChanged_asLongAsTheOldOneIsGiven() {
        String token = issue("victim");
        KnownDevices rotated = KnownDevices.builder(key(2))
                .previousKey(key(3))
                .previousKey(key(1))
                .clock(clock)
                .build();
        KnownDevices forgotten = KnownDevices.builder(key(2)).clock(clock).build();

        assertTrue(rotated.recognize("main", "victim", token).isKnown());
        assertFalse(forgotten.recognize("main", "victim", token).isKnown());
        assertFalse(knows("victim", rotated.issue("main", "victim", null)), "a new token has the new key");
    }

    @Test
    @Tag("ratelimit:A9")
    void recognize_manyTokensForAHugeName_hashesTheNameOnce() {
        String huge = "x".repeat(1 << 20);
        KnownDevices manyKeys = KnownDevices.builder(key(2))
                .previousKey(key(3))
                .previousKey(key(4))
                .previousKey(key(5))
                .previousKey(key(6))
                .clock(clock)
                .build();
        StringBuilder carried = new StringBuilder(issue("a"));
        for (int token = 0; token < 7; token++) {
            carried.append('.').append(issue("a"));
        }

        assertFalse(manyKeys.recognize("main", huge, carried.toString()).isKnown());
        assertTrue(devices.recognize("main", huge, devices.issue("main", huge, null))
                .isKnown());
        assertEquals(76, devices.issue("main", huge, null).length());
        assertTrue(ThrottleKeys.person(huge, huge).length() < 120);
    }

    @Test
    void issue_always_isOpaqueAndFitsACookie() {
        String token = issue("victim");

        assertEquals(76, token.length());
        assertTrue(token.matches("[A-Za-z0-9_-]+"));
        String bytes = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains("victim"));
        assertFalse(bytes.contains("main"));
    }

    @Test
    void issue_again_isAnotherDevice() {
        Set<Optional<String>> ids = new HashSet<>();
        for (int count = 0; count < 1_000; count++) {
            ids.add(devices.recognize("main", "victim", issue("victim")).idFor(ThrottleKeys.person("main", "victim")));
        }

        assertEquals(1_000, ids.size());
    }

    @Test
    void issue_onASharedComputer_keepsTheOthers() {
        String carried = null;
        for (int sibling = 0; sibling < 8; sibling++) {
            carried = devices.issue("main", "sibling" + sibling, carried);
        }

        assertEquals(615, carried.length());
        for (int sibling = 0; sibling < 8; sibling++) {
            assertTrue(knows("sibling" + sibling, carried));
        }
        String ninth = devices.issue("main", "ninth", carried);
        assertEquals(615, ninth.length());
        assertTrue(knows("ninth", ninth));
        assertTrue(knows("sibling7", ninth));
        assertFalse(knows("sibling0", ninth), "the oldest makes room");
    }

    @Test
    void issue_sameAccountAgain_replacesItsToken() {
        String both = devices.issue("main", "a", issue("b"));

        String again = devices.issue("main", "a", both);

        assertEquals(2 * 76 + 1, again.length());
        assertFalse(again.contains(both.substring(0, 76)));
        assertTrue(knows("b", again));
    }

    @Test
    void issue_onExpiredAndBrokenTokens_dropsThem() {
        String old = issue("b");
        clock.advance(Duration.ofDays(90));

        assertEquals(76, devices.issue("main", "a", old).length());
        assertEquals(76, devices.issue("main", "a", "x." + "y".repeat(76)).length());
    }

    @Test
    void device_ofAnotherAccount_isNoneOfThisOne() {
        Device device = devices.recognize("main", "victim", issue("victim"));

        assertTrue(device.idFor(ThrottleKeys.person("main", "victim")).isPresent());
        assertEquals(Optional.empty(), device.idFor(ThrottleKeys.person("main", "other")));
        assertEquals(Optional.empty(), device.idFor(ThrottleKeys.person("other", "victim")));
        assertEquals(Optional.empty(), Device.none().idFor(""));
        assertFalse(Device.none().isKnown());
    }

    @Test
    void toString_anything_tellsNothing() {
        String token = issue("victim");
        Device device = devices.recognize("main", "victim", token);

        assertEquals("KnownDevices[****]", devices.toString());
        assertEquals("Device[known]", device.toString());
        assertEquals("Device[unknown]", Device.none().toString());
    }

    @Test
    void build_badKeysAndLifetime_namesEveryFaultAndNoKey() {
        byte[] zeros = new byte[32];
        byte[] shortOne = Arrays.copyOf(key(1), 31);
        KnownDevices.Builder builder = KnownDevices.builder(zeros).lifetime(Duration.ofDays(401));
        for (int count = 0; count < 5; count++) {
            builder.previousKey(shortOne);
        }

        List<String> faults = assertThrows(RateLimitConfigurationException.class, builder::build)
                .faults();

        assertEquals(1 + 5 + 1 + 1, faults.size());
        assertEquals("key must be random, got one byte repeated", faults.get(0));
        assertEquals("previous key 1 must have at least 32 bytes, got 31", faults.get(1));
    }

    @Test
    void build_lifetimeAtItsEnds_isTaken() {
        for (Duration lifetime : List.of(Duration.ofHours(1), Duration.ofDays(400))) {
            assertEquals(
                    lifetime,
                    KnownDevices.builder(key(1)).lifetime(lifetime).build().lifetime());
        }
        KnownDevices.Builder brief = KnownDevices.builder(key(1)).lifetime(Duration.ofMinutes(59));
        assertThrows(RateLimitConfigurationException.class, brief::build);
    }

    @Test
    void builder_keyChangedAfterwards_isACopy() {
        byte[] key = key(1);
        KnownDevices.Builder builder = KnownDevices.builder(key).clock(clock);
        Arrays.fill(key, (byte) 0);

        assertTrue(builder.build().recognize("main", "victim", issue("victim")).isKnown());
        assertNotEquals(0, key(1)[0]);
    }
}

package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ApiKeyDigestTest {
    private static final byte[] KEY = KnownDevicesTest.key(7);
    private final ApiKeyDigest digest = ApiKeyDigest.keyed(KEY);

    @Test
    @Tag("ratelimit:A9")
    void of_key_isTheCodeThatTheJdkComputes() throws Exception {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        DataOutputStream framed = new DataOutputStream(text);
        part(framed, "hardening.ratelimit.api-key.v1".getBytes(StandardCharsets.US_ASCII));
        part(framed, new byte[] {0});
        part(framed, "lms_live_0123456789".getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));

        byte[] expected = Arrays.copyOf(mac.doFinal(text.toByteArray()), 16);

        assertEquals(
                Base64.getUrlEncoder().withoutPadding().encodeToString(expected), digest.of("lms_live_0123456789"));
    }

    private static void part(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Test
    @Tag("ratelimit:A9")
    void of_anyLength_hasOneLengthAndTellsNothingOfTheKey() {
        for (int length : new int[] {1, 64, 1023, 1024, 1025, 1 << 20}) {
            String key = "k".repeat(length);
            String text = digest.of(key);

            assertEquals(22, text.length());
            assertTrue(text.matches("[A-Za-z0-9_-]{22}"));
        }
        assertFalse(digest.of("secret").contains("secret"));
        assertEquals("ApiKeyDigest[****]", digest.toString());
    }

    @Test
    @Tag("ratelimit:A9")
    void of_overLongKey_readsItsStartAloneAndIsNoShortKey() {
        String start = "k".repeat(1024);

        assertEquals(digest.of(start + "a"), digest.of(start + "b".repeat(1 << 20)));
        assertNotEquals(digest.of(start), digest.of(start + "a"));
    }

    @Test
    @Tag("ratelimit:A11")
    void of_randomKeys_neverCollide() {
        Random random = SeededRandom.of("ApiKeyDigestTest");
        Map<String, String> seen = new HashMap<>();
        for (int round = 0; round < 20_000; round++) {
            StringBuilder key = new StringBuilder("x");
            for (int length = random.nextInt(6); length > 0; length--) {
                key.append((char) ('a' + random.nextInt(3)));
            }
            String before = seen.putIfAbsent(digest.of(key.toString()), key.toString());
            assertTrue(before == null || before.equals(key.toString()));
        }
    }

    @Test
    void of_otherInstallation_isAnotherText() {
        assertNotEquals(
                digest.of("key"), ApiKeyDigest.keyed(KnownDevicesTest.key(8)).of("key"));
        assertEquals(digest.of("key"), ApiKeyDigest.keyed(KEY.clone()).of("key"));
    }

    @Test
    void of_empty_isNoKey() {
        assertEquals("", digest.of(""));
    }

    @Test
    void of_manyThreads_isWhatOneGets() {
        String expected = digest.of("shared");

        assertEquals(8 * 500, Parallel.count(8, 500, () -> digest.of("shared").equals(expected)));
    }

    @Test
    void keyed_shortOrConstantKey_isRefusedWithoutTellingIt() {
        assertThrows(IllegalArgumentException.class, () -> ApiKeyDigest.keyed(new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> ApiKeyDigest.keyed(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> ApiKeyDigest.keyed(new byte[32]));
    }
}

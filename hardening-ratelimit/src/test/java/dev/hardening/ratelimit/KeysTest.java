package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
    private static final KeySpec PAIR = Keys.all(Keys.tenant(), Keys.user());

    private static RequestFacts facts(String tenant, String user) {
        return RequestFacts.builder().tenantId(tenant).userId(user).build();
    }

    private static String pair(String tenant, String user) {
        return PAIR.key(facts(tenant, user)).orElseThrow();
    }

    @Test
    void key_eachDimension_readsItsFact() {
        RequestFacts facts = RequestFacts.builder()
                .userId("u")
                .tenantId("t")
                .route("/r/*")
                .clientAddress("::ffff:1.2.3.4")
                .attribute("account", "a")
                .build();

        assertEquals(Optional.of("user=1:u;"), Keys.user().key(facts));
        assertEquals(Optional.of("tenant=1:t;"), Keys.tenant().key(facts));
        assertEquals(Optional.of("route=4:/r/*;"), Keys.route().key(facts));
        assertEquals(Optional.of("ip=10:1.2.3.4/32;"), Keys.clientAddress().key(facts));
        assertEquals(Optional.of("account=1:a;"), Keys.attribute("account").key(facts));
        assertEquals(
                Optional.of("x=2:uu;"),
                Keys.custom("x", f -> f.userId().map(u -> u + u)).key(facts));
    }

    @Test
    @Tag("ratelimit:A11")
    void all_partsThatJoinToTheSameText_areDifferentKeys() {
        assertNotEquals(pair("a/b", "c"), pair("a", "b/c"));
        assertNotEquals(pair("a", "b;user=1:c"), pair("a;user=1:b", "c"));
        assertNotEquals(pair("a", "1:b"), pair("a;user=3:1", "b"));
    }

    @Test
    @Tag("ratelimit:A11")
    void all_randomParts_neverCollide() {
        Random random = SeededRandom.of("KeysTest");
        Map<String, List<String>> seen = new HashMap<>();
        for (int round = 0; round < 20_000; round++) {
            List<String> parts = List.of(text(random), text(random));
            List<String> before = seen.putIfAbsent(pair(parts.get(0), parts.get(1)), parts);
            assertTrue(before == null || before.equals(parts), () -> before + " and " + parts);
        }
    }

    private static String text(Random random) {
        String alphabet = "a;:=#1/\u0000\u00e9";
        StringBuilder text = new StringBuilder("x");
        for (int length = random.nextInt(5); length > 0; length--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    @Tag("ratelimit:A9")
    void key_overLongText_isHashedToAFixedLength() {
        String most = "a".repeat(64);

        assertEquals("user=64:" + most + ';', Keys.user().key(facts("t", most)).orElseThrow());
        String hashed = Keys.user().key(facts("t", "a".repeat(1 << 20))).orElseThrow();
        assertEquals("user#".length() + 43 + 1, hashed.length());
        assertNotEquals(
                hashed, Keys.user().key(facts("t", "a".repeat((1 << 20) + 1))).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000", "a\r\nSet-Cookie: x", "caf\u00e9", "a b", "\ud800", "\"a\u007f"})
    @Tag("ratelimit:A10")
    void key_notPlainAscii_reachesNoStore(String text) {
        String key = Keys.user().key(facts("t", text)).orElseThrow();

        assertTrue(key.startsWith("user#"));
        assertTrue(key.chars().allMatch(character -> character > ' ' && character < 127), key);
        assertFalse(key.contains(text));
    }

    @Test
    void key_missingOrEmptyPart_isEmpty() {
        assertTrue(Keys.user().key(RequestFacts.builder().build()).isEmpty());
        assertTrue(Keys.user().key(facts("t", "")).isEmpty());
        assertTrue(PAIR.key(RequestFacts.builder().userId("u").build()).isEmpty());
        assertTrue(Keys.clientAddress()
                .key(RequestFacts.builder().clientAddress("evil.example").build())
                .isEmpty());
    }

    @Test
    void factories_badArguments_areRefused() {
        assertThrows(IllegalArgumentException.class, Keys::all);
        assertThrows(IllegalArgumentException.class, () -> Keys.attribute("no good"));
        assertThrows(NullPointerException.class, () -> Keys.custom("x", null));
    }

    @Test
    void toString_specAndFacts_tellNoValues() {
        assertEquals("tenant+user", PAIR.toString());
        assertFalse(facts("tenant-1", "user-1").toString().contains("user-1"));
    }

    @Test
    void facts_knowNothing_areEmpty() {
        RequestFacts facts = new RequestFacts() {};

        assertTrue(facts.userId().isEmpty());
        assertTrue(facts.tenantId().isEmpty());
        assertTrue(facts.clientAddress().isEmpty());
        assertTrue(facts.route().isEmpty());
        assertTrue(facts.attribute("a").isEmpty());
    }

    @Test
    @Tag("ratelimit:A9")
    void apiKey_isCountedByItsCodeAlone() {
        byte[] key = new byte[32];
        key[0] = 1;
        KeySpec spec = Keys.apiKey(key);
        RequestFacts facts = RequestFacts.builder().apiKey("hk_live_secret").build();

        String counted = spec.key(facts).orElseThrow();

        assertFalse(counted.contains("secret"), counted);
        assertFalse(facts.toString().contains("secret"));
        assertEquals(counted, spec.key(facts).orElseThrow());
        assertTrue(spec.key(RequestFacts.builder().build()).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> Keys.apiKey(new byte[31]));
    }
}

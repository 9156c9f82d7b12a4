package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.ring.RingStore.Stored;
import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody may try who can write the store but has no key-encryption key. */
@Tag("secrets:E4")
class KeyRingTamperTest {
    private static final String KEK = "k".repeat(32);
    private final InMemoryRingStore store = new InMemoryRingStore();

    private static KeyRing open(RingStore store, String name, String kek) {
        return KeyRing.builder()
                .name(name)
                .kind(KeyKind.HMAC_256)
                .store(store)
                .keyEncryptionKey(Secret.of(kek))
                .build();
    }

    private void rotate(String name) {
        KeyRing ring = open(store, name, KEK);
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        ring.unsafePromoteNow(ring.add().id());
        ring.unsafeDisableNow(first);
        ring.add();
    }

    @Test
    void document_always_holdsNoKeyInTheClear() {
        RingKey key = open(store, "a", KEK).active();
        String document = text("a");

        String raw = key.material().use(RingSeal::encode);

        assertFalse(document.contains(raw));
        assertTrue(document.startsWith("{\"format\":\"hardening-key-ring/1\",\"ring\":\"a\",\"kind\":\"HMAC_256\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            quoteCharacter = '~',
            value = {
                "DISABLED>RETIRING",
                "RETIRING>ACTIVE",
                "ACTIVE>RETIRING",
                "PENDING>ACTIVE",
                "HMAC_256>EC_P256",
                "\"version\":\"7\">\"version\":\"8\"",
                "\"ring\":\"a\">\"ring\":\"b\"",
                "Z\">.5Z\""
            })
    void document_withAnotherField_isRefused(String from, String to) {
        rotate("a");
        String changed = text("a").replaceFirst(Pattern.quote(from), to);
        assertNotEquals(text("a"), changed);

        assertTampered("a", original -> changed);
    }

    @Test
    void document_withAnyByteChanged_isRefused() {
        rotate("a");
        Random random = SeededRandom.of("KeyRingTamperTest");
        byte[] original = store.load("a").orElseThrow().document();
        for (int at = 0; at < original.length; at++) {
            byte[] changed = original.clone();
            changed[at] ^= (byte) (1 << random.nextInt(8));
            RingStore tampered = FlakyRingStore.fixed(new Stored(version("a"), changed));

            Reason reason = assertThrows(SecretsUnavailableException.class, () -> open(tampered, "a", KEK))
                    .reason();

            assertTrue(
                    reason == Reason.TAMPERED || reason == Reason.WRONG_KEY,
                    () -> new String(changed, StandardCharsets.UTF_8));
        }
    }

    @Test
    void document_cutAnywhere_isRefused() {
        open(store, "a", KEK);
        String whole = text("a");
        for (int length = 0; length < whole.length(); length++) {
            int cut = length;
            assertTampered("a", original -> original.substring(0, cut));
        }
    }

    @Test
    void keys_swappedDroppedOrDoubled_areRefused() {
        rotate("a");
        Pattern key = Pattern.compile("(\\{\"id\"[^}]*}),(\\{\"id\"[^}]*})");

        assertTampered("a", original -> key.matcher(original).replaceFirst("$2,$1"));
        assertTampered("a", original -> key.matcher(original).replaceFirst("$2"));
        assertTampered("a", original -> key.matcher(original).replaceFirst("$1,$1,$2"));
    }

    @Test
    void document_ofAnotherRing_isRefused() {
        open(store, "a", KEK);
        open(store, "b", KEK);
        RingStore swapped = FlakyRingStore.fixed(store.load("b").orElseThrow());

        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, () -> open(swapped, "a", KEK))
                        .reason());
    }

    @Test
    void document_underAnotherVersion_isRefused() {
        open(store, "a", KEK);
        byte[] document = store.load("a").orElseThrow().document();
        RingStore replayed = FlakyRingStore.fixed(new Stored(7, document));

        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, () -> open(replayed, "a", KEK))
                        .reason());
    }

    @Test
    void wrappedKey_ofAnotherPlace_doesNotOpen() {
        RingSeal seal = new RingSeal(Secret.of(KEK));
        RingDocument place = new RingDocument("a", KeyKind.HMAC_256, 1, seal.id(), List.of());
        RingDocument otherRing = new RingDocument("b", KeyKind.HMAC_256, 1, seal.id(), List.of());
        RingDocument otherKind = new RingDocument("a", KeyKind.EC_P256, 1, seal.id(), List.of());
        String wrapped = seal.wrap(place, "id", Secret.of("material"), new java.security.SecureRandom());

        assertEquals("material", seal.unwrap(place, "id", wrapped).orElseThrow().reveal());
        assertTrue(seal.unwrap(place, "di", wrapped).isEmpty());
        assertTrue(seal.unwrap(otherRing, "id", wrapped).isEmpty());
        assertTrue(seal.unwrap(otherKind, "id", wrapped).isEmpty());
        assertTrue(seal.unwrap(place, "id", "").isEmpty());
        assertTrue(seal.unwrap(place, "id", "no base64!").isEmpty());
    }

    @Test
    void keyEncryptionKey_wrong_isUnavailableAndNamesNoSecret() {
        open(store, "a", KEK);

        var failure = assertThrows(
                SecretsUnavailableException.class, () -> open(store, "a", "canary-canary-canary-canary-canary"));

        assertEquals(Reason.WRONG_KEY, failure.reason());
        assertTrue(failure.getMessage().contains("ring a"));
        assertFalse(failure.toString().contains("canary"));
    }

    @Test
    void previousKeyEncryptionKey_given_opensAndRewraps() {
        RingKey before = open(store, "a", KEK).active();
        rotate("a");
        String next = "n".repeat(32);

        KeyRing rewrapped = KeyRing.builder()
                .name("a")
                .kind(KeyKind.HMAC_256)
                .store(store)
                .keyEncryptionKey(Secret.of(next))
                .previousKeyEncryptionKey(Secret.of(KEK))
                .build();
        String document = text("a");

        assertEquals(3, rewrapped.published().size());
        assertTrue(document.contains(before.id()), "the disabled key is kept");
        assertEquals(rewrapped.active().id(), open(store, "a", next).active().id());
        assertTrue(rewrapped
                .active()
                .material()
                .matches(open(store, "a", next).active().material()));
        assertThrows(SecretsUnavailableException.class, () -> open(store, "a", KEK));
    }

    @Test
    void previousKeyEncryptionKey_noLongerNeeded_writesNothing() {
        open(store, "a", KEK);
        long version = version("a");

        KeyRing.builder()
                .name("a")
                .kind(KeyKind.HMAC_256)
                .store(store)
                .keyEncryptionKey(Secret.of(KEK))
                .previousKeyEncryptionKey(Secret.of("o".repeat(32)))
                .build();

        assertEquals(version, version("a"));
    }

    private void assertTampered(String ring, UnaryOperator<String> change) {
        RingStore tampered = FlakyRingStore.altered(store, ring, change);

        var failure = assertThrows(SecretsUnavailableException.class, () -> open(tampered, ring, KEK));

        assertEquals(Reason.TAMPERED, failure.reason(), failure.getMessage());
    }

    private String text(String ring) {
        return new String(store.load(ring).orElseThrow().document(), StandardCharsets.UTF_8);
    }

    private long version(String ring) {
        return store.load(ring).orElseThrow().version();
    }
}

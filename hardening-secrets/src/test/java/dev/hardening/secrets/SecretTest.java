package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SecretTest {
    @Test
    void of_bytes_wipesTheArrayHandedIn() {
        byte[] input = "canary".getBytes(StandardCharsets.UTF_8);

        Secret secret = Secret.of(input);

        assertArrayEquals(new byte[6], input);
        assertEquals("canary", secret.reveal());
    }

    @Test
    void of_characters_wipesTheArrayAndEncodesUtf8() {
        char[] input = "schlüssel".toCharArray();

        Secret secret = Secret.of(input);

        assertArrayEquals(new char[9], input);
        assertEquals("schlüssel", secret.reveal());
        assertEquals(10, secret.length());
    }

    @Test
    void of_nothing_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Secret.of(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> Secret.of(""));
    }

    @Test
    void use_afterwards_theLentCopyIsWiped() {
        AtomicReference<byte[]> kept = new AtomicReference<>();

        Secret.of("canary").use(copy -> {
            kept.set(copy);
            return copy.length;
        });

        assertArrayEquals(new byte[6], kept.get());
    }

    @Test
    void use_readerThrows_theLentCopyIsWipedToo() {
        AtomicReference<byte[]> kept = new AtomicReference<>();

        assertThrows(
                IllegalStateException.class,
                () -> Secret.of("canary").use(copy -> {
                    kept.set(copy);
                    throw new IllegalStateException("reader");
                }));

        assertArrayEquals(new byte[6], kept.get());
    }

    @Test
    @Tag("secrets:S2")
    void matches_sameOrOtherBytes_saysWhich() {
        assertTrue(Secret.of("canary").matches(Secret.of("canary")));
        assertFalse(Secret.of("canary").matches(Secret.of("canarx")));
        assertFalse(Secret.of("canary").matches(Secret.of("canary ")));
    }

    @Test
    @Tag("secrets:S1")
    void toString_always_holdsNothingOfTheSecret() {
        assertEquals("Secret[****]", Secret.of("canary").toString());
    }

    @Test
    @Tag("secrets:S1")
    void serialization_always_isRefused() {
        assertThrows(
                NotSerializableException.class,
                () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(Secret.of("canary")));
    }

    @Test
    void close_twice_laterUsesAreRefused() {
        Secret secret = Secret.of("canary");

        secret.close();
        secret.close();

        assertThrows(IllegalStateException.class, secret::reveal);
        assertThrows(IllegalStateException.class, () -> Secret.of("x").matches(secret));
    }

    @Test
    void derive_samePurpose_givesTheSameKeyInEveryProcess() {
        Secret derived = Secret.of("input").derive("test/v1", 32);

        assertEquals(
                "36bd62f4f70e83e082ea31b9f85ff8320cb2230b124d0544b3bc1567ecd3129c",
                derived.use(HexFormat.of()::formatHex));
    }

    @Test
    void derive_otherPurposeOrSecret_givesAnotherKey() {
        Secret derived = Secret.of("input").derive("test/v1", 32);

        assertFalse(derived.matches(Secret.of("input").derive("test/v2", 32)));
        assertFalse(derived.matches(Secret.of("inpuu").derive("test/v1", 32)));
        assertThrows(IllegalArgumentException.class, () -> Secret.of("input").derive("", 32));
    }

    @Test
    void derive_closedSecret_isRefused() {
        Secret secret = Secret.of("input");
        secret.close();

        assertThrows(IllegalStateException.class, () -> secret.derive("test/v1", 32));
    }

    @Test
    @Tag("secrets:S2")
    void equality_always_isIdentity() {
        Secret secret = Secret.of("canary");

        assertEquals(secret, secret);
        assertFalse(secret.equals(Secret.of("canary")));
        assertEquals(System.identityHashCode(secret), secret.hashCode());
    }

    /** HMAC-SHA-256 of the secret under the key derived for the purpose, its first half. */
    @Test
    @Tag("secrets:S2")
    @Tag("ASVS-11.2.4")
    void fingerprint_sameSecretAndKey_isTheSameEverywhere() throws java.security.GeneralSecurityException {
        Secret key = Secret.of("k".repeat(32));
        javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
        byte[] purpose = key.derive("hardening-secrets/fingerprint/1", 32).use(byte[]::clone);
        mac.init(new javax.crypto.spec.SecretKeySpec(purpose, "HmacSHA256"));
        byte[] code = mac.doFinal("s".repeat(16).getBytes(StandardCharsets.UTF_8));

        assertEquals(
                HexFormat.of().formatHex(code, 0, 16), Secret.of("s".repeat(16)).fingerprint(key));
    }

    @Test
    @Tag("secrets:S2")
    @Tag("ASVS-11.2.4")
    void fingerprint_otherSecretOrKey_isAnother() {
        Secret key = Secret.of("k".repeat(32));
        String fingerprint = Secret.of("s".repeat(16)).fingerprint(key);

        assertFalse(fingerprint.equals(Secret.of("s".repeat(17)).fingerprint(key)));
        assertFalse(fingerprint.equals(Secret.of("s".repeat(16)).fingerprint(Secret.of("k".repeat(33)))));
    }

    @Test
    @Tag("secrets:S2")
    @Tag("ASVS-11.2.4")
    void fingerprint_fewerThan128BitsOrAShortKey_isRefused() {
        Secret key = Secret.of("k".repeat(32));
        Secret whole = Secret.of("s".repeat(16));
        Secret shortKey = Secret.of("k".repeat(31));
        Secret shortSecret = Secret.of("s".repeat(15));

        assertThrows(IllegalArgumentException.class, () -> shortSecret.fingerprint(key));
        assertThrows(IllegalArgumentException.class, () -> whole.fingerprint(shortKey));
        whole.close();
        assertThrows(IllegalStateException.class, () -> whole.fingerprint(key));
    }
}

package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E6")
@Tag("slow")
class PassphraseKeyEncryptionKeyTest implements KeyEncryptionKeyContract {
    private static final String PASSPHRASE = "correct horse bättery staple";
    private static final byte[] CONTEXT = {1};
    // Made once: each derivation takes a fifth of a second.
    private static final byte[] WRAPPED = builder(PASSPHRASE).build().wrap(Secret.of("r".repeat(32)), CONTEXT);

    private static PassphraseKeyEncryptionKey.Builder builder(String passphrase) {
        return PassphraseKeyEncryptionKey.builder()
                .id("passphrase-2026")
                .iterations(PassphraseKeyEncryptionKey.LEAST_ITERATIONS)
                .passphrase(Secret.of(passphrase));
    }

    @Override
    public KeyEncryptionKey key() {
        return builder(PASSPHRASE).build();
    }

    @Override
    public KeyEncryptionKey anotherKey() {
        return builder("correct horse battery staple").build();
    }

    @Test
    void wrap_nothingSaid_goesRound600000Times() {
        byte[] wrapped = PassphraseKeyEncryptionKey.builder()
                .id("p")
                .passphrase(Secret.of(PASSPHRASE))
                .build()
                .wrap(Secret.of("r".repeat(32)), CONTEXT);

        assertEquals(600_000, ByteBuffer.wrap(wrapped).getInt(1));
        assertTrue(key().unwrap(wrapped, CONTEXT).isPresent(), "the number stands in what was wrapped");
    }

    @Test
    void wrap_twice_hasAnotherSaltEachTime() {
        byte[] first = WRAPPED;
        byte[] second = key().wrap(Secret.of("r".repeat(32)), CONTEXT);

        assertNotEquals(HexFormat.of().formatHex(first, 5, 21), HexFormat.of().formatHex(second, 5, 21));
    }

    /** Derived here from RFC 8018, section 5.2, without the JDK's PBKDF2. */
    @Test
    void wrap_always_isPbkdf2OfTheUtf8Passphrase() throws GeneralSecurityException {
        byte[] wrapped = WRAPPED;
        byte[] salt = Arrays.copyOfRange(wrapped, 5, 21);
        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(PASSPHRASE.getBytes(StandardCharsets.UTF_8), "HmacSHA512"));
        mac.update(salt);
        byte[] round = mac.doFinal(new byte[] {0, 0, 0, 1});
        byte[] sum = round.clone();
        for (int i = 1; i < PassphraseKeyEncryptionKey.LEAST_ITERATIONS; i++) {
            round = mac.doFinal(round);
            for (int at = 0; at < sum.length; at++) {
                sum[at] ^= round[at];
            }
        }

        Secret stretched = Secret.of(Arrays.copyOf(sum, 32));

        assertTrue(KeyWrap.unwrap(stretched, Arrays.copyOfRange(wrapped, 21, 61), CONTEXT)
                .orElseThrow()
                .matches(Secret.of("r".repeat(32))));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, 209_999, 10_000_001, Integer.MAX_VALUE})
    void unwrap_numberOfIterationsOutOfBounds_isRefusedBeforeAnyWork(int iterations) {
        byte[] wrapped = WRAPPED.clone();
        ByteBuffer.wrap(wrapped).putInt(1, iterations);
        KeyEncryptionKey key = key();

        assertTimeoutPreemptively(
                Duration.ofMillis(100), () -> assertEquals(Optional.empty(), key.unwrap(wrapped, CONTEXT)));
    }

    @Test
    void unwrap_otherVersionOrSaltOrNumber_isEmpty() {
        byte[] wrapped = WRAPPED.clone();

        for (int at : new int[] {0, 4, 5, 20}) {
            byte[] changed = wrapped.clone();
            changed[at] ^= 1;
            assertEquals(Optional.empty(), key().unwrap(changed, CONTEXT), "changed at " + at);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {210_000, 10_000_000})
    void iterations_atTheirBounds_areTaken(int iterations) {
        assertEquals(
                "passphrase-2026",
                builder(PASSPHRASE).iterations(iterations).build().id());
    }

    @Test
    void build_wrongValues_reportsEveryFaultWithoutASecret() {
        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder("canary-canary1")
                        .id("no spaces")
                        .iterations(209_999)
                        .build());
        assertEquals(3, refused.faults().size());
        assertFalse(refused.toString().contains("canary"));

        assertEquals(
                2,
                assertThrows(
                                SecretsConfigurationException.class,
                                () -> PassphraseKeyEncryptionKey.builder().build())
                        .faults()
                        .size());
        byte[] notUtf8 = new byte[20];
        Arrays.fill(notUtf8, (byte) 0xff);
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder(PASSPHRASE).passphrase(Secret.of(notUtf8)).build());
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder("p".repeat(1025)).build());
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder(PASSPHRASE).iterations(10_000_001).build());
        assertEquals("passphrase-2026", builder("p".repeat(15)).build().id());
    }

    @Test
    void passphrase_closedAfterBuild_isNotNeededAnyMore() {
        Secret given = Secret.of(PASSPHRASE);
        KeyEncryptionKey key = builder(PASSPHRASE).passphrase(given).build();

        given.close();

        assertTrue(key.unwrap(WRAPPED, CONTEXT).isPresent());
    }
}

package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.gson.Gson;
import dev.hardening.secrets.ring.AesKeyEncryptionKey;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.PassphraseKeyEncryptionKey;
import dev.hardening.secrets.ring.RingKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hands what holds a secret to mappers that read fields, and to Java serialization. */
@Tag("secrets:S1")
@Tag("secrets:A9")
class CanaryJsonTest {
    private static final String CANARY = "Qw7zXv9kTp3mRb5hNc2jLd8fGs4yWa6e";

    /** What an application may have: a value of its own around a secret. */
    record Account(String name, Secret password) implements Serializable {}

    private static Secret secret() {
        return Secret.of(CANARY);
    }

    /** Each with a secret of its own: what a test was handed is closed after it. */
    static Stream<Object> holders() {
        return Stream.of(
                secret(),
                new Account("name", secret()),
                List.of(secret()),
                Map.of("key", secret()),
                AesKeyEncryptionKey.of(secret()),
                PassphraseKeyEncryptionKey.builder()
                        .id("id")
                        .passphrase(secret())
                        .build(),
                KeyRing.builder().keyEncryptionKey(secret()).firstKey(secret()),
                KeyRing.builder()
                        .name("ring")
                        .kind(KeyKind.HMAC_256)
                        .store(new InMemoryRingStore())
                        .keyEncryptionKey(secret())
                        .build(),
                Schema.builder()
                        .add(Setting.secret("SECRET").minBits(128))
                        .build()
                        .check(SecretSource.of(Map.of("SECRET", CANARY)))
                        .orThrow());
    }

    @ParameterizedTest
    @MethodSource("holders")
    void jackson_readingFields_writesNothingOrRefuses(Object holder) {
        ObjectMapper mapper = fields();

        assertNothing(written(mapper, holder));
    }

    @ParameterizedTest
    @MethodSource("holders")
    void gson_readingFields_writesNothingOrRefuses(Object holder) {
        String json;
        try {
            json = new Gson().toJson(holder);
        } catch (RuntimeException refused) {
            // Gson refuses a class, a field or a value in as many ways.
            json = CanaryTest.trace(refused);
        } catch (StackOverflowError circle) {
            json = "";
        }

        assertNothing(json);
    }

    @Test
    void ringKeys_readByTheirFields_showNoPrivatePart() {
        for (KeyKind kind : KeyKind.values()) {
            RingKey key = KeyRing.builder()
                    .name("ring")
                    .kind(kind)
                    .store(new InMemoryRingStore())
                    .keyEncryptionKey(Secret.of(CANARY))
                    .build()
                    .active();
            String json = written(fields(), key);

            List<String> forms = key.material()
                    .use(bytes -> List.of(
                            Base64.getEncoder().encodeToString(bytes).substring(0, 40),
                            Base64.getEncoder()
                                    .encodeToString(java.util.Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length))
                                    .substring(0, 20)));
            forms.forEach(form -> assertTrue(!json.contains(form), json));
            assertTrue(!json.contains("privateKey"), json);
        }
    }

    @Test
    void jackson_readingMethods_findsNone() throws JsonProcessingException {
        assertEquals(
                "{\"name\":\"n\",\"password\":{}}",
                new ObjectMapper()
                        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                        .writeValueAsString(new Account("n", Secret.of(CANARY))));
        assertThrows(JsonProcessingException.class, () -> new ObjectMapper().writeValueAsString(Secret.of(CANARY)));
    }

    @Test
    void serialization_ofWhatHoldsASecret_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            Account account = new Account("name", Secret.of(CANARY));

            assertThrows(NotSerializableException.class, () -> out.writeObject(account));
        }
        assertNothing(bytes.toString(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @MethodSource("holders")
    void printing_inAnyWay_showsNothing(Object holder) {
        assertNothing(holder.toString() + String.format("%s %S", holder, holder) + String.valueOf(List.of(holder)));
    }

    private static ObjectMapper fields() {
        return new ObjectMapper()
                .setVisibility(PropertyAccessor.ALL, Visibility.ANY)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
    }

    private static String written(ObjectMapper mapper, Object holder) {
        try {
            return mapper.writeValueAsString(holder);
        } catch (JsonProcessingException refused) {
            return CanaryTest.trace(refused);
        }
    }

    private static void assertNothing(String output) {
        CanaryTest.assertNothingOf(CANARY, output);
        String encoded = Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8));
        CanaryTest.assertNothingOf(encoded.substring(0, 40), output);
        // A list of numbers is what a mapper makes of a byte array that it does not know how to encode.
        assertTrue(!output.contains((int) CANARY.charAt(0) + "," + (int) CANARY.charAt(1)), output);
    }
}

package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A1")
@Tag("secrets:V2")
class SecretRulesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "change-me-in-production",
                "CHANGE_ME",
                "your-256-bit-secret",
                "your-signing-key-goes-right-here",
                "replace-this-with-a-long-random-string",
                "<generate with openssl rand -hex 32>",
                "${JWT_SECRET}",
                "{{ jwt_secret }}",
                "[REDACTED]",
                "super-secret-jwt-token-with-at-least-32-characters-long",
                "p@55-password-p@55-p@55-p@55-p@55-p@55",
                "the-jwt-secret-of-this-installation",
                "qwertyuiopasdfghjklzxcvbnm1234567890",
                "ThisIsJustAnExampleKeyThatIsLongEnoughForHmac",
                "deadbeefcafebabe0123456789abcdef0011223344556677"
            })
    void broken_placeholder_isFound(String value) {
        assertTrue(rules(value).contains("placeholder"), value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a-string-secret-at-least-256-bits-long",
                "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
                "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
                "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
            })
    void broken_publishedExample_isFoundThoughItIsLong(String value) {
        assertTrue(rules(value).contains("published"), value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "abababababababababababababababababababababababababababababababab",
                "Zq8-tw3KZq8-tw3KZq8-tw3KZq8-tw3KZq8-tw3KZq8-tw3K",
                "1234567890123456789012345678901234567890123456789012345678901234",
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
                "zyxwvutsrqponmlkjihgfedcba9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA"
            })
    void broken_repeatedOrSequentialSymbols_areAPatternAndWeak(String value) {
        assertTrue(rules(value).containsAll(Set.of("pattern", "weak")), value);
    }

    @ParameterizedTest
    @CsvSource({
        "f3a9c07be5d1f3a9c07be5d1 , 1",
        "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q , 0",
        "48151623420815162342 , 1"
    })
    void broken_shortValue_isWeakByItsSymbols(String value, int weak) {
        assertEquals(weak == 1, rules(value).contains("weak"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {" k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q", "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q\n"})
    void broken_spaceAtAnEnd_isFound(String value) {
        assertEquals(Set.of("whitespace"), rules(value));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void broken_generatedSecrets_neverFire(Alphabet alphabet) {
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        SecretSpec spec = SecretSpec.of(256, alphabet);

        for (int i = 0; i < 10_000; i++) {
            assertEquals(Map.of(), SecretRules.broken("JWT_SECRET", generator.next(spec), 256));
        }
    }

    @ParameterizedTest
    @CsvSource({"255,false", "256,false", "257,true"})
    void broken_minBits_countsAtTheBoundary(int minBits, boolean weak) {
        Secret secret =
                SecretGenerator.create(new SeededSecureRandom("boundary")).next(SecretSpec.hex256());

        assertEquals(weak, SecretRules.broken("X", secret, minBits).containsKey("weak"));
    }

    @ParameterizedTest
    @Tag("secrets:G1")
    @CsvSource({
        "7c9e6679-7425-40de-944b-e07fc1f90ae7,121,false",
        "7c9e6679-7425-40de-944b-e07fc1f90ae7,122,false",
        "7c9e6679-7425-40de-944b-e07fc1f90ae7,123,true",
        "7c9e6679-7425-40de-944b-e07fc1f90ae7,128,true",
        "{7C9E6679-7425-40DE-944B-E07FC1F90AE7},128,true",
        "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7,128,true",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f,40,true",
        "7c9e6679742540de944be07fc1f90ae7,128,false"
    })
    void broken_uuid_isWeakFromItsRandomBitsOn(String value, int minBits, boolean weak) {
        Map<String, String> broken = SecretRules.broken("X", Secret.of(value), minBits);

        assertEquals(
                weak ? Map.of("weak", "is a UUID and cannot have the " + minBits + " bits it needs") : Map.of(),
                broken);
    }

    private static Set<String> rules(String value) {
        return SecretRules.broken("JWT_SECRET", Secret.of(value), 256).keySet();
    }
}

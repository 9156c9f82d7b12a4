package dev.hardening.auth.password;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Argon2idHasherTest {
    private static final Argon2idHasher HASHER = Argon2idHasher.owasp();
    private static final Password RIGHT = Password.of("a quiet harbour at dawn");

    @Test
    void argon2id_vectorOfRfc9106Section53_givesItsTag() {
        byte[] tag = new byte[32];
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new PhcString.Cost(32, 3, 4)
                .parameters()
                .withSalt(filled(16, 2))
                .withSecret(filled(8, 3))
                .withAdditional(filled(12, 4))
                .build());

        generator.generateBytes(filled(32, 1), tag);

        assertEquals(
                "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
                HexFormat.of().formatHex(tag));
    }

    @Test
    void matches_recordOfTheReferenceProgram_opens() {
        // From the test of the reference implementation (P-H-C/phc-winner-argon2, src/test.c, Argon2id, version 19).
        Password.Hash foreign = new Password.Hash(
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

        assertTrue(HASHER.matches(Password.of("password"), foreign));
        assertFalse(HASHER.matches(Password.of("passwore"), foreign));
    }

    @Test
    @Tag("auth:P6")
    @Tag("ASVS-11.4.2")
    void hash_byDefault_isAPhcStringWithOwaspsCost() {
        String text = HASHER.hash(RIGHT).text();

        assertTrue(text.matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}"), text);
    }

    @Test
    void matches_theSamePassword_andNoOther() {
        Password.Hash record = HASHER.hash(RIGHT);

        assertTrue(HASHER.matches(RIGHT, record));
        assertFalse(HASHER.matches(Password.of("a quiet harbour at dusk"), record));
        assertFalse(HASHER.matches(Password.of(""), record));
    }

    @Test
    void hash_twice_hasTwoSalts() {
        assertNotEquals(HASHER.hash(RIGHT).text(), HASHER.hash(RIGHT).text());
    }

    @Test
    @Tag("auth:P2")
    void hash_ofAPasswordThatIsNotUsable_matchesNothing() {
        Password huge = Password.of("x".repeat(1_000_000));

        Password.Hash record = HASHER.hash(huge);

        assertFalse(HASHER.matches(huge, record));
        assertFalse(HASHER.matches(Password.of(""), record));
    }

    @Test
    @Tag("auth:P10")
    void decoy_always_readsLikeARealRecordAndMatchesNothing() {
        assertEquals(HASHER.hash(RIGHT).text().length(), HASHER.decoy().text().length());
        assertFalse(HASHER.outdated(HASHER.decoy()));
        assertFalse(HASHER.matches(RIGHT, HASHER.decoy()));
        assertEquals(HASHER.decoy(), HASHER.decoy());
    }

    @Test
    void outdated_otherCost_saysSo() {
        Argon2idHasher stronger = Argon2idHasher.builder().iterations(3).build();

        assertTrue(stronger.outdated(HASHER.hash(RIGHT)));
        assertFalse(HASHER.outdated(HASHER.hash(RIGHT)));
        assertTrue(HASHER.outdated(new Password.Hash(
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")));
    }

    @ParameterizedTest
    @Tag("auth:P7")
    @ValueSource(
            strings = {
                "$argon2id$v=19$m=2147483648,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=262145,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=11,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=2,p=17$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=7,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=2,p=1$c29t$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHR$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQxx$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXP",
                "password",
                "{noop}password"
            })
    void matches_recordOutsideTheBounds_isRefusedUnhashed(String text) {
        assertThrows(AuthUnavailableException.class, () -> HASHER.matches(RIGHT, new Password.Hash(text)));
    }

    @Test
    void matches_recordOfAMegabyte_isRefusedAndNotQuoted() {
        String text = "$argon2id$v=19$m=65536,t=2,p=1$" + "c".repeat(1_000_000);

        var refusal =
                assertThrows(AuthUnavailableException.class, () -> HASHER.matches(RIGHT, new Password.Hash(text)));

        assertFalse(refusal.getMessage().contains("ccc"));
    }

    @ParameterizedTest
    @Tag("auth:P6")
    @ValueSource(
            strings = {
                "19455,2,1",
                "47103,1,1",
                "12287,3,1",
                "12288,2,1",
                "262145,2,1",
                "19456,11,1",
                "19456,0,1",
                "19456,2,17",
                "19456,2,0"
            })
    void build_weakOrUnboundedParameters_isRefused(String parameters) {
        List<Integer> numbers =
                Arrays.stream(parameters.split(",")).map(Integer::valueOf).toList();

        assertThrows(
                AuthConfigurationException.class,
                () -> Argon2idHasher.builder()
                        .memoryKib(numbers.get(0))
                        .iterations(numbers.get(1))
                        .parallelism(numbers.get(2))
                        .build());
    }

    @ParameterizedTest
    @Tag("auth:P6")
    @ValueSource(strings = {"47104,1", "19456,2", "12288,3", "262144,10"})
    void build_eachFloor_isAccepted(String parameters) {
        List<Integer> numbers =
                Arrays.stream(parameters.split(",")).map(Integer::valueOf).toList();

        Argon2idHasher built = Argon2idHasher.builder()
                .memoryKib(numbers.get(0))
                .iterations(numbers.get(1))
                .random(new SecureRandom())
                .build();

        assertTrue(built.decoy().text().contains("m=" + numbers.get(0) + ",t=" + numbers.get(1) + ",p=1"));
    }

    @Test
    void matches_manyThreadsOverFewPools_eachGetsItsOwnAnswer() {
        Password.Hash record = HASHER.hash(RIGHT);

        List<Boolean> answers = IntStream.range(0, 16)
                .parallel()
                .mapToObj(i -> HASHER.matches(i % 2 == 0 ? RIGHT : Password.of("another " + i), record))
                .toList();

        assertEquals(IntStream.range(0, 16).mapToObj(i -> i % 2 == 0).toList(), answers);
    }

    @Test
    void hash_onceTheBlocksAreThere_allocatesLittle() throws Exception {
        HASHER.hash(RIGHT);

        long before = allocatedByThisThread();
        HASHER.hash(RIGHT);
        long allocated = allocatedByThisThread() - before;

        assertTrue(allocated < 200_000, "allocated " + allocated);
    }

    // By name, since the module does not read the management modules.
    private static long allocatedByThisThread() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}

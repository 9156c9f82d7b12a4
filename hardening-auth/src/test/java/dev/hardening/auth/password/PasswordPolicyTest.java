package dev.hardening.auth.password;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.password.PasswordPolicy.Violation;
import java.util.AbstractList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordPolicyTest {
    private static final PasswordPolicy POLICY = PasswordPolicy.nist80063b4();
    private static final List<String> ALICE = List.of("alice.liddell@wonderland.example", "Alice Liddell");

    @ParameterizedTest
    @Tag("auth:P3")
    @Tag("ASVS-6.2.5")
    @ValueSource(
            strings = {
                "correct horse battery staple",
                "a quiet harbour at dawn",
                "mmmmmmmxyvbqtrw",
                "jkdhfgoiuzqwenb",
                "夜の港は静かに光っていた月夜の海",
                "der Igel trinkt Kamillentee",
                "  leading and trailing  ",
                "dragon fruit in a paper boat",
                "Yx7#kQ9!vB2$mN4"
            })
    void check_goodPassword_isAcceptedWhateverItIsMadeOf(String password) {
        assertEquals(List.of(), codes(password));
    }

    @Test
    @Tag("auth:P1")
    void check_length_countsCodePointsAtTheExactBounds() {
        String face = "\uD83D\uDE00";

        assertEquals(List.of(Violation.Code.TOO_SHORT), codes("kzqvhw mtrb 7x"));
        assertEquals(List.of(), codes("kzqvhw mtrb 7xg"));
        assertEquals(List.of(Violation.Code.TOO_SHORT), codes("kzqvhw mtrb" + face + "x" + face));
        assertEquals(List.of(), codes(varied(128)));
        assertEquals(List.of(Violation.Code.TOO_LONG), codes(varied(129)));
    }

    @Test
    @Tag("auth:P2")
    @Tag("ASVS-6.2.9")
    void check_aMegabyte_isTooLongAndNothingElseIsTried() {
        assertEquals(List.of(Violation.Code.TOO_LONG), codes("x".repeat(1_000_000)));
    }

    @Test
    @Tag("auth:P2")
    void check_tooLongTextFullOfCommonWords_isNotSearchedForThem() {
        Collection<String> neverLookedAt = new AbstractList<>() {
            @Override
            public String get(int index) {
                throw new AssertionError("a text that is too long was searched");
            }

            @Override
            public int size() {
                throw new AssertionError("a text that is too long was searched");
            }
        };
        String crafted = "a".repeat(340) + "passpwdrootuserloveleftlionkingfalljunemayjulyasdfzxcv".repeat(12);

        assertEquals(List.of(Violation.Code.TOO_LONG), codes("password".repeat(17)));
        assertEquals(List.of(Violation.Code.COMMON), codes("password".repeat(16)));
        for (String text : List.of(crafted, "a".repeat(129), "\uFDFA".repeat(8))) {
            assertEquals(
                    List.of(Violation.Code.TOO_LONG),
                    POLICY.check(Password.of(text), neverLookedAt).stream()
                            .map(Violation::code)
                            .toList());
        }
    }

    @ParameterizedTest
    @Tag("auth:P4")
    @ValueSource(
            strings = {
                "kzqvhw\u0000mtrb7xg jk",
                "kzqvhw\nmtrb7xg jkl",
                "kzqvhw\u0378mtrb7xg jk",
                "kzqvhw\uD800mtrb7xg jk"
            })
    void check_controlOrUnassignedOrBrokenCharacter_isForbidden(String password) {
        assertEquals(List.of(Violation.Code.FORBIDDEN_CHARACTER), codes(password));
    }

    @ParameterizedTest
    @Tag("auth:P5")
    @ValueSource(
            strings = {
                "aaaaaaaaaaaaaaa",
                "abcabcabcabcabcabc",
                "sunshinesunshine",
                "123456789012345",
                "543210987654321",
                "abcdefghijklmnop",
                "qwertyuiopasdfgh",
                "1qaz2wsx3edc4rfv",
                "passwordpassword",
                "PasswordPassword1",
                "p4ssw0rdP4$$w0rd",
                "password123456789",
                "123456789password",
                "iloveyouforever",
                "this is my password",
                "letmein-letmein-1",
                "welcome2026welcome",
                "student!!!!!!!!!!!",
                "***************"
            })
    void check_whatIsGuessedFirst_isCommon(String password) {
        assertEquals(List.of(Violation.Code.COMMON), codes(password));
    }

    @Test
    @Tag("auth:P5")
    void check_pairsOfCommonWords_refusesThousandsOfEntriesOfPolicyLength() {
        List<String> words = List.of(
                "password",
                "welcome",
                "sunshine",
                "football",
                "baseball",
                "computer",
                "michael",
                "chocolate",
                "princess",
                "superman",
                "student",
                "internet",
                "minecraft",
                "liverpool",
                "september");
        List<String> tails = Stream.iterate(1900, year -> year + 1)
                .limit(60)
                .map(String::valueOf)
                .toList();

        long refused = words.stream()
                .flatMap(first -> words.stream().map(second -> first + second))
                .flatMap(pair -> tails.stream().map(tail -> pair + tail))
                .filter(entry -> entry.length() >= 15)
                .peek(entry -> assertTrue(codes(entry).contains(Violation.Code.COMMON), entry))
                .count();

        assertTrue(refused >= 3000, "refused " + refused);
    }

    @ParameterizedTest
    @Tag("auth:P5")
    @ValueSource(
            strings = {
                "alice.liddell@wonderland.example",
                "AliceLiddell2026",
                "4l1ce-L1ddell-4l1ce",
                "wonderland 1234",
                "liddell_alice_99"
            })
    void check_littleMoreThanTheirOwnNames_isPersonal(String password) {
        assertTrue(codes(password).contains(Violation.Code.PERSONAL), password);
    }

    @Test
    @Tag("ASVS-6.2.11")
    void check_contextWord_isPersonalOnlyWhereItIsNamed() {
        PasswordPolicy school =
                PasswordPolicy.builder().contextWords("Hogwarts", "Gryffindor").build();
        Password password = Password.of("gryffindor-H0gwarts!7");

        assertEquals(
                Violation.Code.PERSONAL, school.check(password, ALICE).get(0).code());
        assertEquals(List.of(), POLICY.check(password, ALICE));
    }

    @Test
    void check_enoughBesideTheName_isAccepted() {
        assertEquals(List.of(), codes("alice saw nine teapots fly"));
    }

    @Test
    void check_severalFaults_tellsThemAll() {
        assertEquals(List.of(Violation.Code.TOO_SHORT, Violation.Code.COMMON), codes("password"));
        assertFalse(POLICY.check(Password.of("password"), ALICE).toString().contains("password1"));
    }

    @Test
    void builder_length_isRefusedUnderTheFloorAndOverHalfTheMost() {
        assertThrows(
                AuthConfigurationException.class,
                () -> PasswordPolicy.builder().requireLength(14).build());
        assertThrows(
                AuthConfigurationException.class,
                () -> PasswordPolicy.builder().requireLength(65).build());
        assertEquals(
                Violation.Code.TOO_SHORT,
                PasswordPolicy.builder()
                        .requireLength(20)
                        .build()
                        .check(Password.of("kzqvhw mtrb 7xg"), ALICE)
                        .get(0)
                        .code());
    }

    private static List<Violation.Code> codes(String password) {
        return POLICY.check(Password.of(password), ALICE).stream()
                .map(Violation::code)
                .toList();
    }

    private static String varied(int length) {
        return "kzqvhw mtrb 7xg plofd ".repeat(10).substring(0, length);
    }
}

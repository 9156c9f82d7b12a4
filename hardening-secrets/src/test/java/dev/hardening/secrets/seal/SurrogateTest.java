package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.Secret;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Half a surrogate pair has no UTF-8; where it becomes a question mark, two places, values or secrets become one. */
@Tag("secrets:E2")
class SurrogateTest {
    private static final String WHOLE = "a\ud83d\ude00?\u00e9";

    private final FieldCipher field = Sealer.of(SealRing.make()).field("accounts", "name");
    private final BlindIndex index = BlindIndex.of(Secret.of("s".repeat(32)), "accounts", "name");

    @ParameterizedTest
    @ValueSource(strings = {"H", "L", "aLb", "aHb", "LH", "HHL", "aH"})
    void halfAPair_anywhere_isRefusedAndNotReplaced(String shape) {
        String half = shape.replace('H', '\ud83d').replace('L', '\ude00');
        char[] characters = half.toCharArray();

        assertThrows(IllegalArgumentException.class, () -> SealContext.of(half));
        assertThrows(IllegalArgumentException.class, () -> SealContext.of("a").and("b", half));
        assertThrows(IllegalArgumentException.class, () -> field.seal("1", half));
        assertThrows(IllegalArgumentException.class, () -> field.seal(half, "value"));
        assertThrows(IllegalArgumentException.class, () -> field.within(half));
        assertThrows(IllegalArgumentException.class, () -> index.index("", half));
        assertThrows(IllegalArgumentException.class, () -> index.indexes(half, "value"));
        assertThrows(IllegalArgumentException.class, () -> Secret.of(half));
        assertThrows(IllegalArgumentException.class, () -> Secret.of(characters));
        assertArrayEquals(new char[half.length()], characters, "wiped all the same");
    }

    @Test
    void refusal_always_saysNothingOfTheText() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Secret.of("canary\ud800"));

        assertFalse(refused.getMessage().contains("cana"));
    }

    @Test
    void wholePairs_anywhere_areKept() {
        assertEquals(Optional.of(WHOLE), field.open("1", field.seal("1", WHOLE)).value());
        assertEquals(WHOLE, Secret.of(WHOLE).reveal());
        assertEquals(WHOLE, Secret.of(WHOLE.toCharArray()).reveal());
        assertEquals(22, index.index(WHOLE, WHOLE).length());
    }

    @Test
    void scope_empty_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> field.within(""));
    }
}

package dev.hardening.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CheckResultTest {
    @Test
    void with_simpleValues_keepsTypeAndOrder() {
        CheckResult result = CheckResult.ok().with("b", 1).with("a", true).with("c", List.of(1, 2));

        assertEquals(List.of("b", "a", "c"), List.copyOf(result.data().keySet()));
        assertEquals(Map.of("b", 1, "a", true, "c", "[1, 2]"), result.data());
        assertThrows(UnsupportedOperationException.class, () -> result.data().clear());
    }

    @Test
    @Tag("health:F6")
    void with_hugeValue_isCutToFourKibibytesWithoutSplittingACharacter() {
        CheckResult result = CheckResult.ok().with("x", "x" + "\uD83D\uDE00".repeat(30_000_000));

        String kept = (String) result.data().get("x");
        assertTrue(kept.length() <= 4_095, "" + kept.length());
        assertFalse(Character.isHighSurrogate(kept.charAt(kept.length() - 1)));
    }

    @Test
    @Tag("health:F6")
    void with_manyEntries_keepsThirtyTwo() {
        CheckResult result = CheckResult.ok();
        for (int i = 0; i < 100; i++) {
            result = result.with("key" + i, i);
        }
        assertEquals(32, result.data().size());
    }

    @Test
    @Tag("health:F6")
    void with_manyLongStrings_staysUnderTheLimitOfAll() {
        CheckResult result = CheckResult.ok();
        for (int i = 0; i < 10; i++) {
            result = result.with("k".repeat(100) + i, "v".repeat(1_000));
        }
        int size = result.data().entrySet().stream()
                .mapToInt(entry ->
                        entry.getKey().length() + entry.getValue().toString().length())
                .sum();
        assertTrue(size <= 4_096, "" + size);
    }

    @Test
    void reason_tooLong_isCut() {
        assertEquals(200, CheckResult.fail("r".repeat(201)).reason().length());
        assertEquals(200, CheckResult.warn("r".repeat(200)).reason().length());
    }

    @Test
    void nothing_isRefused() {
        assertThrows(NullPointerException.class, () -> CheckResult.fail(null));
        assertThrows(NullPointerException.class, () -> CheckResult.ok().with("x", null));
        assertThrows(NullPointerException.class, () -> new CheckResult(null, "", Map.of()));
    }
}

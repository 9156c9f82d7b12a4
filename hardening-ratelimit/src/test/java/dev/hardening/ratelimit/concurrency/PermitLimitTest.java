package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.ratelimit.MissingKey;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermitLimitTest {
    private final PermitLimit limit = PermitLimit.of("user", Keys.user(), 6);

    @Test
    void of_standard_isTwoMinutesSharedAndShown() {
        assertEquals(Duration.ofMinutes(2), limit.maxHold());
        assertEquals(MissingKey.SHARE, limit.missingKey());
        assertEquals(Visibility.SHOWN, limit.visibility());
        assertEquals(Visibility.HIDDEN, limit.hidden().visibility());
    }

    @ParameterizedTest
    @Tag("ratelimit:A10")
    @ValueSource(strings = {"", "User", "1", "a\"b", "a\r\nb", "a;b", "ä"})
    void of_nameThatCouldBreakAField_isRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> PermitLimit.of(name, Keys.user(), 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1_000_001})
    void of_mostOutOfRange_isRefused(int most) {
        assertThrows(IllegalArgumentException.class, () -> PermitLimit.of("user", Keys.user(), most));
    }

    @Test
    void withMaxHold_atTheEdges_isTakenOrRefused() {
        assertEquals(Duration.ofDays(1), limit.withMaxHold(Duration.ofDays(1)).maxHold());
        assertEquals(
                Duration.ofMillis(1), limit.withMaxHold(Duration.ofMillis(1)).maxHold());
        assertThrows(
                IllegalArgumentException.class,
                () -> limit.withMaxHold(Duration.ofDays(1).plusNanos(1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> limit.withMaxHold(Duration.ofMillis(1).minusNanos(1)));
    }
}

package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a b", "a.b", "a\r\nb", "a\"b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    @Tag("ratelimit:A10")
    void id_outsideThePattern_isRefused(String id) {
        assertThrows(IllegalArgumentException.class, () -> Limit.of(id, 1, Duration.ofSeconds(1)));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, PT1S", "-1, 1, PT1S", "1, 0, PT1S", "1000000001, 1, PT1S", "1, 1, PT0S", "1, 1, PT0.000999999S"})
    void figures_outOfRange_areRefused(long capacity, long refill, Duration per) {
        assertThrows(IllegalArgumentException.class, () -> new Limit("a", capacity, refill, per));
    }

    @Test
    void per_longerThanAYear_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Limit.of("a", 1, Duration.ofDays(367)));
    }

    @Test
    @Tag("ratelimit:E1")
    void rate_notExactIn64Bits_isRefusedByName() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Limit.of("a", 999_983, Duration.ofDays(1)));

        assertTrue(refused.getMessage().contains("cannot be counted exactly"), refused.getMessage());
    }

    @Test
    void rate_aMillionADay_isExactInLowestTerms() {
        assertEquals(
                new Rate(1, 86_400_000),
                Limit.of("a", 1_000_000, Duration.ofDays(1)).rate());
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 4", "2, 0, 7", "3, 0, 10", "1, 9, 1", "0, 0, 0", "-3, 0, 0"})
    @Tag("ratelimit:E4")
    void nanosFor_missingTokens_isRoundedUp(long missing, long earned, long expected) {
        assertEquals(expected, new Rate(3, 10).nanosFor(missing, earned));
    }

    @Test
    void nanosFor_overflow_isForEver() {
        assertEquals(Long.MAX_VALUE, new Rate(1, Long.MAX_VALUE / 2).nanosFor(3, 0));
    }

    @Test
    void timeToFull_burstOverRate_countsTheCapacity() {
        Limit limit = Limit.of("a", 10, Duration.ofSeconds(1)).withCapacity(25);

        assertEquals(Duration.ofMillis(2500), limit.timeToFull());
    }
}

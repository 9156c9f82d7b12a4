package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SealKeyTest {
    private static final long LARGE = 1L << 46;
    private static final int LARGE_UNTIL_WORN = 1 << 12;

    private final SealKey key = new SealKey("0123456789abcdef", new byte[32]);

    private SealSettings settings(SealListener listener) {
        return new SealSettings("data", new SecureRandom(), listener, 1, 1);
    }

    /** The table that the format's designers give for an advantage of 2^-32. */
    @Tag("secrets:E1")
    @ParameterizedTest
    @CsvSource({"25, 55", "30, 45", "35, 35", "40, 25"})
    void worn_messagesOfOneSize_isTheSumOfSquaresOfTheirBlocks(int sizeBits, int messagesBits) {
        double blocks = Math.scalb(1.0, sizeBits - 4);

        assertEquals(SealKey.WORN, Math.scalb(blocks * blocks, messagesBits));
    }

    @Tag("secrets:E1")
    @Test
    void count_halfOfTheBound_tellsOnce() {
        for (int i = 1; i < LARGE_UNTIL_WORN; i++) {
            assertFalse(key.count(LARGE), "message " + i);
        }

        assertTrue(key.count(LARGE));
        assertFalse(key.count(LARGE));
        assertEquals(LARGE_UNTIL_WORN + 1, key.messages());
    }

    @Tag("secrets:E1")
    @Test
    void count_wornKey_tellsTheListener() {
        List<SealListener.Worn> heard = new ArrayList<>();
        SealSettings settings = settings(new SealListener() {
            @Override
            public void worn(Worn event) {
                heard.add(event);
                throw new AssertionError("a listener that throws");
            }
        });

        for (int i = 0; i < LARGE_UNTIL_WORN + 5; i++) {
            settings.count(key, LARGE);
        }

        assertEquals(List.of(new SealListener.Worn("data", "0123456789abcdef", LARGE_UNTIL_WORN)), heard);
    }

    @Test
    void count_smallMessages_areCountedAndWearNothing() {
        settings(new SealListener() {}).count(key, 0);
        settings(new SealListener() {}).count(key, 40);

        assertEquals(2, key.messages());
    }
}

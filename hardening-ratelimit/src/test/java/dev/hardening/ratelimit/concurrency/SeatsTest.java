package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Parallel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SeatsTest {
    private final Seats seats = new Seats(new int[] {3, 2, 1});

    @Test
    void take_lastSeatOverAndOver_isNeverTakenTwice() {
        assertTrue(seats.take(Priority.CRITICAL));
        assertTrue(seats.take(Priority.NORMAL));
        AtomicInteger worst = new AtomicInteger();

        int taken = Parallel.count(4, 3_000_000, () -> {
            if (!seats.take(Priority.NORMAL)) {
                return false;
            }
            worst.accumulateAndGet(seats.taken(Priority.NORMAL), Math::max);
            seats.give(Priority.NORMAL);
            return true;
        });

        assertTrue(taken > 0);
        assertEquals(2, worst.get());
        assertEquals(1, seats.taken(Priority.NORMAL));
    }

    @Test
    void take_differentPriorities_countApart() {
        assertTrue(seats.take(Priority.LOW));
        assertFalse(seats.take(Priority.LOW));
        assertTrue(seats.take(Priority.NORMAL));
        assertFalse(seats.take(Priority.NORMAL));
        assertTrue(seats.take(Priority.CRITICAL));
        assertFalse(seats.take(Priority.CRITICAL));

        seats.give(Priority.LOW);

        assertEquals(0, seats.taken(Priority.LOW));
        assertEquals(1, seats.taken(Priority.NORMAL));
        assertEquals(1, seats.taken(Priority.CRITICAL));
        assertTrue(seats.take(Priority.NORMAL), "what LOW leaves is for NORMAL too");
    }
}

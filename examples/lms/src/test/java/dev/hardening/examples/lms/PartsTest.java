package dev.hardening.examples.lms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class PartsTest {
    private final Parts parts = new Parts();
    private final List<String> stopped = new ArrayList<>();

    @Test
    void parts_whenStopped_stopInReverseOrderOnce() {
        add("first");
        add("second");

        parts.stop();
        parts.stop();

        assertEquals(List.of("second", "first"), stopped);
    }

    @Test
    void part_thatFailsToStop_doesNotKeepTheOthersRunning() {
        add("first");
        parts.add("broken", () -> {
            throw new IllegalStateException("broken");
        });

        parts.stop();

        assertEquals(List.of("first"), stopped);
    }

    @Test
    void part_addedAfterTheEndBegan_isStoppedAtOnce() {
        parts.refuse();

        assertThrows(CancellationException.class, () -> add("late"));

        assertEquals(List.of("late"), stopped);
    }

    private void add(String name) {
        AutoCloseable unused = parts.add(name, () -> stopped.add(name));
    }
}

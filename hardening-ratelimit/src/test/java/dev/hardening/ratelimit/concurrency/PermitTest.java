package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.ratelimit.Race;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PermitTest {
    private final AtomicInteger released = new AtomicInteger();

    @Test
    @Tag("ratelimit:A14")
    void close_fourAtOnce_releasesOnce() {
        AtomicReference<Permit> current = new AtomicReference<>(new Permit(released::incrementAndGet));
        Runnable close = () -> current.get().close();

        Race.run(
                5_000,
                () -> {
                    released.set(0);
                    current.set(new Permit(released::incrementAndGet));
                },
                List.of(close, close, close, close),
                () -> assertEquals(1, released.get()));
    }
}

package dev.hardening.secrets.source;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One generation of values, wiped when the source has a newer one and the last reader has let go.
 *
 * <p>The source holds it once, each open snapshot once. A count of zero is final: who comes then takes the newer one.
 */
final class Generation {
    private final long number;
    private final SecretReading reading;
    private final Instant since;
    private final AtomicInteger holders = new AtomicInteger(1);

    Generation(long number, SecretReading reading, Instant since) {
        this.number = number;
        this.reading = reading;
        this.since = since;
    }

    long number() {
        return number;
    }

    SecretReading reading() {
        return reading;
    }

    Instant since() {
        return since;
    }

    boolean hold() {
        return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            reading.close();
        }
    }
}

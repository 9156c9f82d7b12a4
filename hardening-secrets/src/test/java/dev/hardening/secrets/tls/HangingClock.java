package dev.hardening.secrets.tls;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.CountDownLatch;

/** A clock that makes a reading hang, once it is told to, until it is let go. */
final class HangingClock extends Clock {
    private final Clock real;
    private final CountDownLatch reached;
    private final CountDownLatch free;
    private volatile boolean hanging;

    HangingClock(Clock real, CountDownLatch reached, CountDownLatch free) {
        this.real = real;
        this.reached = reached;
        this.free = free;
    }

    void hang() {
        hanging = true;
    }

    @Override
    public Instant instant() {
        if (hanging) {
            reached.countDown();
            try {
                free.await();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
        return real.instant();
    }

    @Override
    public ZoneId getZone() {
        return real.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new HangingClock(real.withZone(zone), reached, free);
    }
}

package dev.hardening.ratelimit.concurrency;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it hears. */
final class RecordingConcurrencyListener implements ConcurrencyListener {
    final List<Refused> refused = new CopyOnWriteArrayList<>();
    final List<Expired> expired = new CopyOnWriteArrayList<>();
    final List<Shed> shed = new CopyOnWriteArrayList<>();

    @Override
    public void refused(Refused event) {
        refused.add(event);
    }

    @Override
    public void expired(Expired event) {
        expired.add(event);
    }

    @Override
    public void shed(Shed event) {
        shed.add(event);
    }
}

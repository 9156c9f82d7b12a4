package dev.hardening.secrets.source;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a source told. */
final class Recorder implements SourceListener {
    final List<SourceEvent> events = new CopyOnWriteArrayList<>();

    @Override
    public void changed(SourceEvent.Changed event) {
        events.add(event);
    }

    @Override
    public void failed(SourceEvent.Failed event) {
        events.add(event);
    }

    @Override
    public void recovered(SourceEvent.Recovered event) {
        events.add(event);
    }

    List<SourceEvent.Changed> changes() {
        return events.stream()
                .filter(SourceEvent.Changed.class::isInstance)
                .map(SourceEvent.Changed.class::cast)
                .toList();
    }

    SourceEvent last() {
        return events.get(events.size() - 1);
    }
}

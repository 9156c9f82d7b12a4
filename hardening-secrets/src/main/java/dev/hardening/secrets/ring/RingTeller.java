package dev.hardening.secrets.ring;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.RingEvent.Origin;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what happens to one ring and tells it to the listener, whatever that does. */
final class RingTeller {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final String ring;
    private final Clock clock;
    private final RingListener listener;

    RingTeller(String ring, Clock clock, RingListener listener) {
        this.ring = ring;
        this.clock = clock;
        this.listener = listener;
    }

    List<RingEvent> events(RingVault.Change change, Duration propagation) {
        return events(RingDifference.between(change.before(), change.after().document(), propagation), Origin.HERE);
    }

    void tellElsewhere(List<RingDifference> differences) {
        tell(events(differences, Origin.ELSEWHERE));
    }

    private List<RingEvent> events(List<RingDifference> differences, Origin origin) {
        return differences.stream()
                .map(difference -> event(difference.kind(), origin, difference.keyId()))
                .toList();
    }

    /** What a failure to read is to be told as. */
    static RingEvent.Kind kindOf(SecretsUnavailableException failure) {
        return failure.reason() == SecretsUnavailableException.Reason.INFRASTRUCTURE
                ? RingEvent.Kind.UNAVAILABLE
                : RingEvent.Kind.REFUSED;
    }

    void tell(RingEvent.Kind kind) {
        tell(List.of(event(kind, Origin.HERE, "")));
    }

    void tell(List<RingEvent> events) {
        for (RingEvent event : events) {
            log(event);
            try {
                listener.onEvent(event);
            } catch (RuntimeException | LinkageError | AssertionError thrown) {
                // A class that is missing in the listener is its own trouble too; a virtual machine in need is not.
                LOG.error("a listener threw on {}; the event is lost to it", event.kind(), thrown);
            }
        }
    }

    private RingEvent event(RingEvent.Kind kind, Origin origin, String keyId) {
        return new RingEvent(kind, origin, ring, keyId, clock.instant());
    }

    private static void log(RingEvent event) {
        String happened = event.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (event.origin() == Origin.ELSEWHERE ? " elsewhere" : "");
        switch (event.kind()) {
            case MADE -> LOG.warn("ring {} did not exist; made with key {}", event.ring(), event.keyId());
            case PROMOTED_EARLY, REENABLED -> LOG.warn("key {} of ring {} {}", event.keyId(), event.ring(), happened);
            case REFUSED -> LOG.error("ring {} is not what was written, or its key was not given", event.ring());
            case UNAVAILABLE, RECOVERED, REWRAPPED -> LOG.info("ring {} {}", event.ring(), happened);
            default -> LOG.info("key {} of ring {} {}", event.keyId(), event.ring(), happened);
        }
    }
}

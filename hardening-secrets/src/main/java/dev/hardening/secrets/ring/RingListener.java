package dev.hardening.secrets.ring;

/**
 * Is told what happens to a ring, here and in other processes; the place to hang an audit log or a metric on.
 *
 * <p>Called after a change is durable and outside every lock, on the thread that did or noticed it. That may be one that
 * looks up a key: what others did is noticed when the store is read. So it should return soon; the one call waits for it,
 * other threads do not. What two threads tell at once comes in any order; how the
 * keys stand, the ring says. Whatever it throws is logged and dropped: a listener can neither undo nor hold up a rotation.
 */
@FunctionalInterface
public interface RingListener {
    /**
     * Takes one event.
     *
     * @param event what happened; holds no secret
     */
    void onEvent(RingEvent event);

    /**
     * Listens to nothing.
     *
     * @return a listener that drops every event
     */
    static RingListener none() {
        return event -> {};
    }
}

package dev.hardening.secrets.ring;

/**
 * Is told what happens to a ring; the place to hang an audit log or a metric on.
 *
 * <p>Called on the thread that did or noticed it, after a change is durable and outside every lock, so it should return
 * soon. Whatever it throws is logged and dropped: a listener can neither undo nor hold up a rotation.
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

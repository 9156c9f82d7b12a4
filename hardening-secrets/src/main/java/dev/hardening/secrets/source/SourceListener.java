package dev.hardening.secrets.source;

/**
 * Hears what happens to a {@link WatchedSource}; every method does nothing unless overridden.
 *
 * <p>Called outside any lock, one event after the other and in their order, on the thread that read: a slow listener
 * delays the next reading. What it throws is logged once and dropped.
 */
public interface SourceListener {
    /**
     * Hears nothing.
     *
     * @return a listener that ignores everything
     */
    static SourceListener none() {
        return new SourceListener() {};
    }

    /**
     * Hears that values changed; the new ones are served already.
     *
     * @param event which names, and the new generation
     */
    default void changed(SourceEvent.Changed event) {}

    /**
     * Hears that a reading failed.
     *
     * @param event why, and how often in a row
     */
    default void failed(SourceEvent.Failed event) {}

    /**
     * Hears that readings are good again.
     *
     * @param event for how long they were not
     */
    default void recovered(SourceEvent.Recovered event) {}
}

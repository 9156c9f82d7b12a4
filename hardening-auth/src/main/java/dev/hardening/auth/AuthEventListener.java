package dev.hardening.auth;

import java.util.List;
import java.util.Objects;

/**
 * Is told what the module decided; the place to hang an audit log or a metric on.
 *
 * <p>Called on the thread that decided, after the decision stands and outside every lock, so it should return soon.
 * Whatever it throws is logged and dropped: a listener can neither undo nor hold up a login.
 */
@FunctionalInterface
public interface AuthEventListener {
    /**
     * Takes one event.
     *
     * @param event what happened; holds no secret
     */
    void onEvent(AuthEvent event);

    /**
     * Listens to nothing.
     *
     * @return a listener that drops every event
     */
    static AuthEventListener none() {
        return event -> {};
    }

    /**
     * Tells several listeners in turn; one that throws does not keep the others from hearing.
     *
     * @param listeners in the order in which they are told
     * @return one listener over all, itself never throwing
     */
    static AuthEventListener all(List<AuthEventListener> listeners) {
        List<AuthEventListener> isolated =
                listeners.stream().map(AuthEventListener::isolated).toList();
        return event -> isolated.forEach(listener -> listener.onEvent(event));
    }

    /**
     * Wraps a listener so that nothing it throws gets out; every class of this module that tells events does so.
     *
     * @param listener any listener
     * @return one that never throws
     */
    static AuthEventListener isolated(AuthEventListener listener) {
        Objects.requireNonNull(listener, "listener");
        return listener instanceof IsolatedListener ? listener : new IsolatedListener(listener);
    }
}

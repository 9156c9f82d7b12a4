package dev.hardening.auth;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the code that told it. */
final class IsolatedListener implements AuthEventListener {
    private static final Logger LOG = LoggerFactory.getLogger(AuthEventListener.class);

    private final AuthEventListener listener;

    IsolatedListener(AuthEventListener listener) {
        this.listener = listener;
    }

    @Override
    public void onEvent(AuthEvent event) {
        try {
            listener.onEvent(event);
        } catch (RuntimeException | LinkageError | AssertionError thrown) {
            // A class that is missing in the listener is its own trouble too; a virtual machine in need is not.
            LOG.error("a listener threw on {}; the event is lost to it", event.kind(), thrown);
        }
    }
}

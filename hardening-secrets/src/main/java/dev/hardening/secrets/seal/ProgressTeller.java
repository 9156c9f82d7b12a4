package dev.hardening.secrets.seal;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a listener how far one piece of work is, and goes on whatever it throws; that is logged once. For one thread. */
final class ProgressTeller<T> {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressTeller.class);

    private final Consumer<T> listener;
    private boolean failed;

    ProgressTeller(Consumer<T> listener) {
        this.listener = listener;
    }

    void tell(T progress) {
        try {
            listener.accept(progress);
        } catch (RuntimeException | LinkageError | AssertionError thrown) {
            if (!failed) {
                LOG.warn("a listener threw on {}; it goes on to be told", progress, thrown);
            }
            failed = true;
        }
    }
}

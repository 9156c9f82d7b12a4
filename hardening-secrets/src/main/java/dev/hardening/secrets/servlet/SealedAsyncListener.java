package dev.hardening.secrets.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import java.io.IOException;

/** Tells a listener of events whose context seals; the container's own would complete the request without an answer. */
final class SealedAsyncListener implements AsyncListener {
    private final AsyncListener listener;
    private final SealedResponse answer;

    SealedAsyncListener(AsyncListener listener, SealedResponse answer) {
        this.listener = listener;
        this.answer = answer;
    }

    @Override
    public void onComplete(AsyncEvent event) throws IOException {
        listener.onComplete(sealing(event));
    }

    @Override
    public void onTimeout(AsyncEvent event) throws IOException {
        listener.onTimeout(sealing(event));
    }

    @Override
    public void onError(AsyncEvent event) throws IOException {
        listener.onError(sealing(event));
    }

    @Override
    public void onStartAsync(AsyncEvent event) throws IOException {
        listener.onStartAsync(sealing(event));
    }

    private AsyncEvent sealing(AsyncEvent event) {
        return new AsyncEvent(
                new SealedAsync(event.getAsyncContext(), answer),
                event.getSuppliedRequest(),
                event.getSuppliedResponse(),
                event.getThrowable());
    }
}

package dev.hardening.ratelimit.servlet;

import dev.hardening.ratelimit.concurrency.Permit;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What one request holds until it is over: when the chain returns, or when the asynchronous request completes.
 *
 * <p>Every way to the end of an asynchronous request leads through {@code onComplete}: after a timeout and after an error
 * too, the application may still answer or dispatch, and the request is over when that is. A container that never says so
 * leaves it to the longest hold of the permits. Closing a permit twice does nothing, so no order of these calls can give a
 * place back twice.
 */
final class Hold implements AsyncListener {
    private final List<Permit> permits = new CopyOnWriteArrayList<>();
    private volatile boolean async;

    void add(Permit permit) {
        permits.add(permit);
    }

    boolean isEmpty() {
        return permits.isEmpty();
    }

    /** Called where the application goes asynchronous, before it can hand the context to another thread. */
    void follow(AsyncContext context) {
        context.addListener(this);
        async = true;
    }

    /** Called when the chain has returned or thrown. */
    void leave(HttpServletRequest request) {
        if (!async && request.isAsyncStarted()) {
            followLate(request);
        }
        if (!async) {
            release();
        }
    }

    /** For an application that has gone asynchronous with a request from under our wrapper. */
    private void followLate(HttpServletRequest request) {
        try {
            follow(request.getAsyncContext());
        } catch (IllegalStateException over) {
            // Completed or dispatched by another thread in the meantime; there is nothing left to follow.
            async = false;
        }
    }

    private void release() {
        permits.forEach(Permit::close);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        release();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // onComplete follows.
    }

    @Override
    public void onError(AsyncEvent event) {
        // onComplete follows.
    }

    /** A further round begins, for which the container has forgotten its listeners. */
    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}

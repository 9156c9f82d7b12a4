package dev.hardening.health.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request from its first dispatch until it is complete; it lands exactly once.
 *
 * <p>The request handed down is wrapped so that {@code startAsync} is seen when it is called: afterwards a request that
 * was dispatched or completed already looks like one that never left.
 */
final class Flight extends HttpServletRequestWrapper implements AsyncListener {
    private final Runnable landing;
    private final AtomicBoolean landed = new AtomicBoolean();
    private volatile boolean async;

    Flight(HttpServletRequest request, Runnable landing) {
        super(request);
        this.landing = landing;
    }

    /** The first dispatch is over; some other thread may still be at work. */
    void returned() {
        if (!async && isAsyncStarted()) {
            watchUnlessComplete();
        }
        if (!async) {
            land();
        }
    }

    @Override
    public AsyncContext startAsync() {
        return watched(super.startAsync());
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        return watched(super.startAsync(request, response));
    }

    @Override
    public void onComplete(AsyncEvent event) {
        land();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // the container completes the request afterwards
    }

    @Override
    public void onError(AsyncEvent event) {
        // the container completes the request afterwards
    }

    /** A second round forgets the listeners of the first. */
    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }

    private AsyncContext watched(AsyncContext context) {
        context.addListener(this);
        async = true;
        return context;
    }

    /** For whoever unwrapped the request and started on the one inside. */
    private void watchUnlessComplete() {
        try {
            watched(getAsyncContext());
        } catch (IllegalStateException complete) {
            async = false;
        }
    }

    private void land() {
        if (landed.compareAndSet(false, true)) {
            landing.run();
        }
    }
}

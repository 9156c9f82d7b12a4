package dev.hardening.ratelimit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/**
 * A request that tells its {@link Hold} when it goes asynchronous.
 *
 * <p>Asking after the chain has returned would be too late: a request that has been dispatched again by then looks like one
 * that never was asynchronous.
 */
final class HeldRequest extends HttpServletRequestWrapper {
    private final Hold hold;

    HeldRequest(HttpServletRequest request, Hold hold) {
        super(request);
        this.hold = hold;
    }

    @Override
    public AsyncContext startAsync() {
        return followed(super.startAsync());
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        return followed(super.startAsync(request, response));
    }

    private AsyncContext followed(AsyncContext context) {
        hold.follow(context);
        return context;
    }
}

package dev.hardening.examples.lms.web;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;

/**
 * Says until when a body is waited for, and reads what a filter that answered itself left of it, so that its answer is
 * not lost in a connection reset.
 */
final class DrainFilter implements Filter {
    private final Duration bodyTimeout;

    DrainFilter(Duration bodyTimeout) {
        this.bodyTimeout = bodyTimeout;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        request.setAttribute(Bodies.END, System.nanoTime() + bodyTimeout.toNanos());
        chain.doFilter(request, response);
        if (!request.isAsyncStarted()) {
            Bodies.discard((HttpServletRequest) request);
        }
    }
}

package dev.hardening.health.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the requests in flight, for {@code Drain.builder(health).inFlight(filter::inFlight)}.
 *
 * <p>Register it first, with asynchronous support and for the dispatcher type {@code REQUEST}. A request that went
 * asynchronous counts until it is complete, however often it is dispatched. Costs two atomic additions.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class InFlightFilter implements Filter {
    private static final String COUNTED = InFlightFilter.class.getName();

    private final AtomicInteger inFlight = new AtomicInteger();

    /** Makes a filter that has counted nothing yet. */
    public InFlightFilter() {}

    /**
     * Counts the requests that entered and have not been answered.
     *
     * @return at least 0
     */
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || http.getAttribute(COUNTED) != null) {
            chain.doFilter(request, response);
            return;
        }
        Flight flight = new Flight(http, inFlight::decrementAndGet);
        http.setAttribute(COUNTED, true);
        inFlight.incrementAndGet();
        try {
            chain.doFilter(flight, response);
        } finally {
            flight.returned();
        }
    }
}

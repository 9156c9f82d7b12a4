package dev.hardening.ratelimit.servlet;

import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.Priority;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts each request once and answers the refused ones with 429 or 503 as {@code problem+json}.
 *
 * <p>Once means over all dispatches: a forward, an include, an error page and an async dispatch of a request that was
 * let through are not counted again. Two of these filters, one before the login and one behind it, count on their own.
 *
 * <p>In this order: room in the whole service ({@link Builder#shedder}), the limits of the limiter, places by key ({@link
 * Builder#concurrency}). What is held is given back when the chain returns or throws, whatever it throws, and for an
 * asynchronous request when it completes, after a timeout or an error too; once, in every case. A request that one of the
 * three refuses leaves nothing behind in the others.
 *
 * <p>{@code HEAD} and {@code OPTIONS} are requests like any other; see {@link Builder#ignorePreflight}. Runs on any server
 * of Servlet 6.0. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitFilter implements Filter {
    private static final String SEEN = RateLimitFilter.class.getName();

    private final Gate gate;
    private final boolean ignorePreflight;

    private RateLimitFilter(Builder builder) {
        gate = builder.gate();
        ignorePreflight = builder.ignorePreflight;
    }

    /**
     * Starts a filter that counts by a limiter.
     *
     * @param limiter decides
     * @return a builder for one thread
     */
    public static Builder builder(RateLimiter limiter) {
        return new Builder(Objects.requireNonNull(limiter, "limiter"));
    }

    /**
     * Starts a filter without a limiter, for a shedder in front of everything or for places by key alone.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder(null);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest http
                && response instanceof HttpServletResponse answer
                && !seen(http)) {
            enter(http, answer, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    private void enter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Hold hold = new Hold();
        try {
            if (gate.hasRoom(request, response, hold)
                    && (passesUncounted(request) || gate.isWithinLimits(request, response, hold))) {
                chain.doFilter(hold.isEmpty() ? request : new HeldRequest(request, hold), response);
            }
        } finally {
            hold.leave(request);
        }
    }

    /** The question that a browser asks of its own accord before a request to another origin (the Fetch standard). */
    private boolean passesUncounted(HttpServletRequest request) {
        return ignorePreflight
                && "OPTIONS".equals(request.getMethod())
                && request.getHeader("Origin") != null
                && request.getHeader("Access-Control-Request-Method") != null;
    }

    /** Notes in the request that this very filter has counted it. */
    private boolean seen(HttpServletRequest request) {
        if (request.getAttribute(SEEN) instanceof Seen before) {
            return !before.filters.add(this);
        }
        Seen first = new Seen(Collections.newSetFromMap(new IdentityHashMap<>()));
        first.filters.add(this);
        request.setAttribute(SEEN, first);
        return false;
    }

    private record Seen(Set<RateLimitFilter> filters) {}

    /** Collects a filter; not for several threads. */
    public static final class Builder {
        private final @Nullable RateLimiter limiter;
        private @Nullable LoadShedder shedder;
        private Function<HttpServletRequest, Priority> priority = request -> Priority.NORMAL;
        private @Nullable ConcurrencyLimiter concurrency;
        private RateLimitHeaders headers = RateLimitHeaders.standard();
        private boolean ignorePreflight;
        private ClientIpResolver addresses = ClientIpResolver.peerOnly();
        private Function<HttpServletRequest, Optional<String>> user = Builder::principal;
        private Function<HttpServletRequest, Optional<String>> tenant = request -> Optional.empty();
        private Function<HttpServletRequest, Optional<String>> route = Builder::mapping;
        private @Nullable Function<HttpServletRequest, RequestFacts> facts;

        private Builder(@Nullable RateLimiter limiter) {
            this.limiter = limiter;
        }

        /**
         * Sets who turns requests away while the whole service is full; nobody if not called. One shedder may stand in
         * several filters, but not in two that see the same request.
         *
         * @param whole is asked before anything is counted
         * @return this builder
         */
        public Builder shedder(LoadShedder whole) {
            shedder = Objects.requireNonNull(whole, "whole");
            return this;
        }

        /**
         * Sets what a request is worth to the shedder; {@link Priority#NORMAL} if not called.
         *
         * @param reader goes by what the server knows, the route for one, never by what a client says it is worth
         * @return this builder
         */
        public Builder priority(Function<HttpServletRequest, Priority> reader) {
            priority = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Sets how many requests of a key may be in flight at once; any number if not called.
         *
         * @param places is asked last
         * @return this builder
         */
        public Builder concurrency(ConcurrencyLimiter places) {
            concurrency = Objects.requireNonNull(places, "places");
            return this;
        }

        /**
         * Sets which fields are written and how; {@link RateLimitHeaders#standard()} if not called.
         *
         * @param writer the fields
         * @return this builder
         */
        public Builder headers(RateLimitHeaders writer) {
            headers = Objects.requireNonNull(writer, "writer");
            return this;
        }

        /**
         * Lets CORS preflights pass uncounted; they are counted if not called. For a filter that stands before the one
         * that answers them: what is let through here must not do any work. The shedder still counts them.
         *
         * @return this builder
         */
        public Builder ignorePreflight() {
            ignorePreflight = true;
            return this;
        }

        /**
         * Sets how to find the client's address; the peer of the connection if not called.
         *
         * @param resolver with the trusted proxies
         * @return this builder
         */
        public Builder clientAddress(ClientIpResolver resolver) {
            addresses = Objects.requireNonNull(resolver, "resolver");
            return this;
        }

        /**
         * Sets how to find the proven user; the name of the request's principal if not called.
         *
         * @param reader must return what authentication has proven, never what a header claims
         * @return this builder
         */
        public Builder user(Function<HttpServletRequest, Optional<String>> reader) {
            user = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Sets how to find the proven tenant; none if not called.
         *
         * @param reader must return what authentication has proven
         * @return this builder
         */
        public Builder tenant(Function<HttpServletRequest, Optional<String>> reader) {
            tenant = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Sets how to find the route; the pattern under which the servlet is mapped if not called.
         *
         * @param reader must return a template of the application, never the raw path
         * @return this builder
         */
        public Builder route(Function<HttpServletRequest, Optional<String>> reader) {
            route = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Replaces everything above by one function.
         *
         * @param reader tells the limiter what it may count by
         * @return this builder
         */
        public Builder facts(Function<HttpServletRequest, RequestFacts> reader) {
            facts = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Makes the filter; register it for all dispatcher types with async supported.
         *
         * @return the filter
         * @throws RateLimitConfigurationException if there is nothing to ask
         */
        public RateLimitFilter build() {
            if (limiter == null && shedder == null && concurrency == null) {
                throw new RateLimitConfigurationException(
                        List.of("a filter needs a limiter, a shedder or a concurrency limiter"));
            }
            return new RateLimitFilter(this);
        }

        private Gate gate() {
            return new Gate(shedder, priority, limiter, concurrency, facts == null ? standardFacts() : facts, headers);
        }

        private Function<HttpServletRequest, RequestFacts> standardFacts() {
            ClientIpResolver resolver = addresses;
            Function<HttpServletRequest, Optional<String>> userId = user;
            Function<HttpServletRequest, Optional<String>> tenantId = tenant;
            Function<HttpServletRequest, Optional<String>> template = route;
            return request -> {
                RequestFacts.Builder found = RequestFacts.builder().clientAddress(address(resolver, request));
                userId.apply(request).ifPresent(found::userId);
                tenantId.apply(request).ifPresent(found::tenantId);
                template.apply(request).ifPresent(found::route);
                return found.build();
            };
        }

        private static String address(ClientIpResolver resolver, HttpServletRequest request) {
            List<String> lines = resolver.headerName()
                    .map(name -> (List<String>) Collections.list(request.getHeaders(name)))
                    .orElse(List.of());
            return resolver.resolve(request.getRemoteAddr(), lines);
        }

        private static Optional<String> principal(HttpServletRequest request) {
            return Optional.ofNullable(request.getUserPrincipal()).map(Principal::getName);
        }

        private static Optional<String> mapping(HttpServletRequest request) {
            return Optional.of(request.getHttpServletMapping().getPattern()).filter(pattern -> !pattern.isEmpty());
        }
    }
}

package dev.hardening.ratelimit.servlet;

import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimitProblem;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
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
 * Nothing is held while the chain runs, so async requests are safe.
 *
 * <p>Runs on any server of Servlet 6.0. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitFilter implements Filter {
    private static final String SEEN = RateLimitFilter.class.getName();

    private final RateLimiter limiter;
    private final Function<HttpServletRequest, RequestFacts> facts;

    private RateLimitFilter(Builder builder) {
        limiter = builder.limiter;
        facts = builder.facts == null ? builder.standardFacts() : builder.facts;
    }

    /**
     * Starts a filter.
     *
     * @param limiter decides
     * @return a builder for one thread
     */
    public static Builder builder(RateLimiter limiter) {
        return new Builder(Objects.requireNonNull(limiter, "limiter"));
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean counted = !(request instanceof HttpServletRequest http)
                || !(response instanceof HttpServletResponse answer)
                || seen(http)
                || passes(http, answer);
        if (counted) {
            chain.doFilter(request, response);
        }
    }

    private boolean passes(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Decision decision = limiter.check(facts.apply(request));
        if (!response.isCommitted()) {
            RateLimitHeaders.of(decision).forEach(response::setHeader);
        }
        if (!decision.allowed()) {
            refuse(decision, response);
        }
        return decision.allowed();
    }

    private static void refuse(Decision decision, HttpServletResponse response) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        byte[] body = RateLimitProblem.body(decision);
        response.setStatus(RateLimitProblem.status(decision));
        response.setContentType(RateLimitProblem.CONTENT_TYPE);
        // No length here: a full write of a known length leaves at once, before outer filters have had their say.
        response.getOutputStream().write(body);
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
        private final RateLimiter limiter;
        private ClientIpResolver addresses = ClientIpResolver.peerOnly();
        private Function<HttpServletRequest, Optional<String>> user = Builder::principal;
        private Function<HttpServletRequest, Optional<String>> tenant = request -> Optional.empty();
        private Function<HttpServletRequest, Optional<String>> route = Builder::mapping;
        private @Nullable Function<HttpServletRequest, RequestFacts> facts;

        private Builder(RateLimiter limiter) {
            this.limiter = limiter;
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
         */
        public RateLimitFilter build() {
            return new RateLimitFilter(this);
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

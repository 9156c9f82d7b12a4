package dev.hardening.audit.servlet;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditStatus;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.Events;
import dev.hardening.audit.Source;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.UnavailableException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records exactly one event per request, with the status that the caller got.
 *
 * <p>Put it first, for all dispatcher types, with async support. It sees the request through forwards, includes, error
 * dispatches and asynchronous rounds and records once, when the last of them is done. Stored are method, route, path,
 * status, duration, actor, tenant, address, user agent and identifiers; never a query string, a header by choice of the
 * caller, or a body.
 *
 * <p>A synchronous answer that still stands in the server's buffer leaves only after its event is on the disk. While the
 * log cannot write, requests are answered 503 before they do anything. Each answer carries {@code X-Request-Id}.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class AuditFilter implements Filter {
    private static final Logger LOGGER = LoggerFactory.getLogger(AuditFilter.class);
    private static final String EXCHANGE = "dev.hardening.audit.exchange";
    private static final String REQUEST_ID = "X-Request-Id";
    private static final int REQUEST_ID_BYTES = 16;
    private static final long NANOS_PER_MICRO = 1000;
    private static final Pattern TRACE_PARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");

    private final AuditLog log;
    private final Function<HttpServletRequest, Actor> actor;
    private final Function<HttpServletRequest, Optional<Actor>> onBehalfOf;
    private final Function<HttpServletRequest, Optional<String>> tenant;
    private final Function<HttpServletRequest, Optional<String>> route;
    private final Function<HttpServletRequest, Optional<String>> clientAddress;
    private final boolean unauditedAllowed;
    private final SecureRandom random;
    private final LongSupplier ticker;

    private AuditFilter(Builder from) {
        log = from.log;
        actor = from.actor;
        onBehalfOf = from.onBehalfOf;
        tenant = from.tenant;
        route = from.route;
        clientAddress = from.clientAddress;
        unauditedAllowed = from.unauditedAllowed;
        random = from.random;
        ticker = from.ticker;
    }

    /**
     * Starts a filter.
     *
     * @param log where the events go; stays the caller's to close
     * @return a builder, for one thread
     */
    public static Builder builder(AuditLog log) {
        return new Builder(log);
    }

    /**
     * Reads the identifier that this filter gave to a request, for the events that a handler records itself.
     *
     * @param request one that passed the filter
     * @return the identifier, or empty if it did not
     */
    public static Optional<String> requestId(HttpServletRequest request) {
        return exchange(request).map(Exchange::requestId);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean first =
                request instanceof HttpServletRequest http && exchange(http).isEmpty();
        if (first && response instanceof HttpServletResponse answer) {
            begin((HttpServletRequest) request, answer, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    private void begin(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!unauditedAllowed && log.status().state() != AuditStatus.State.RUNNING) {
            response.setHeader(REQUEST_ID, newRequestId());
            Refusal.write(response);
            return;
        }
        Exchange exchange =
                new Exchange(request, newRequestId(), ticker.getAsLong(), ending -> endLater(ending, response));
        request.setAttribute(EXCHANGE, exchange);
        response.setHeader(REQUEST_ID, exchange.requestId());
        Refusal refusal = Refusal.before(response);
        try {
            chain.doFilter(exchange, response);
        } catch (IOException | ServletException | RuntimeException | Error thrown) {
            exchange.thrown(thrown);
            throw thrown;
        } finally {
            returned(exchange, request, response, refusal);
        }
    }

    private void returned(Exchange exchange, HttpServletRequest request, HttpServletResponse response, Refusal refusal)
            throws IOException {
        if (!exchange.async() && request.isAsyncStarted()) {
            exchange.watch(request.getAsyncContext());
        }
        if (!exchange.async() && exchange.end()) {
            endNow(exchange, response, refusal);
        }
    }

    private void endNow(Exchange exchange, HttpServletResponse response, Refusal refusal) throws IOException {
        try {
            log.record(event(exchange, response));
        } catch (AuditUnavailableException broken) {
            LOGGER.error("request {} could not be audited", exchange.requestId(), broken);
            if (!unauditedAllowed && exchange.thrown().isEmpty() && !response.isCommitted()) {
                refusal.replace(response);
            }
        }
    }

    /** The answer has left already, so nobody waits; the log counts what it loses. */
    private void endLater(Exchange exchange, HttpServletResponse response) {
        if (exchange.end()) {
            log.submit(event(exchange, response)).whenComplete((receipt, broken) -> {
                if (broken != null) {
                    LOGGER.error("request {} could not be audited", exchange.requestId(), broken);
                }
            });
        }
    }

    private AuditEvent event(Exchange exchange, HttpServletResponse response) {
        Optional<String> routed = ask(route, exchange).flatMap(known -> known);
        String action = exchange.method() + ' ' + routed.orElse(exchange.path());
        AuditEvent.Builder event = Events.httpRequest(
                        ask(actor, exchange).orElseGet(Actor::anonymous), action, status(exchange, response))
                .source(source(exchange))
                .requestId(exchange.requestId())
                .detail("path", exchange.path())
                .detail("duration_us", (ticker.getAsLong() - exchange.startedAt()) / NANOS_PER_MICRO);
        ask(onBehalfOf, exchange).flatMap(known -> known).ifPresent(event::onBehalfOf);
        ask(tenant, exchange).flatMap(known -> known).ifPresent(event::tenant);
        traceId(exchange).ifPresent(event::traceId);
        if (exchange.timedOut()) {
            event.reason("timeout");
        }
        exchange.thrown().ifPresent(thrown -> event.reason(thrown.getClass().getSimpleName()));
        return event.build();
    }

    /** An exception that the server still has to answer shows as 200 here, so the server's answer is foretold. */
    private static int status(Exchange exchange, HttpServletResponse response) {
        Optional<Throwable> thrown = exchange.thrown();
        if (thrown.isEmpty() || response.isCommitted() || exchange.async()) {
            return response.getStatus();
        }
        if (thrown.get() instanceof UnavailableException unavailable) {
            return unavailable.isPermanent() ? HttpServletResponse.SC_NOT_FOUND : 503;
        }
        return HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
    }

    private Source source(Exchange exchange) {
        Source source = Source.of(Objects.requireNonNullElse(exchange.getRemoteAddr(), ""));
        String userAgent = exchange.getHeader("User-Agent");
        Source named = userAgent == null ? source : source.userAgent(userAgent);
        return ask(clientAddress, exchange)
                .flatMap(known -> known)
                .map(named::client)
                .orElse(named);
    }

    private static Optional<String> traceId(HttpServletRequest request) {
        String parent = request.getHeader("traceparent");
        if (parent == null) {
            return Optional.empty();
        }
        Matcher matcher = TRACE_PARENT.matcher(parent);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** What the host supplied may throw; the event is recorded all the same. */
    private static <T> Optional<T> ask(Function<HttpServletRequest, T> supplied, Exchange exchange) {
        try {
            return Optional.of(supplied.apply(exchange));
        } catch (RuntimeException thrown) {
            LOGGER.warn("request {}: a function given to the audit filter threw", exchange.requestId(), thrown);
            return Optional.empty();
        }
    }

    private String newRequestId() {
        byte[] noise = new byte[REQUEST_ID_BYTES];
        random.nextBytes(noise);
        return HexFormat.of().formatHex(noise);
    }

    private static Optional<Exchange> exchange(HttpServletRequest request) {
        return request.getAttribute(EXCHANGE) instanceof Exchange exchange ? Optional.of(exchange) : Optional.empty();
    }

    /** Collects the settings of the filter; not safe for many threads. */
    public static final class Builder {
        private final AuditLog log;
        private Function<HttpServletRequest, Actor> actor = request -> Actor.anonymous();
        private Function<HttpServletRequest, Optional<Actor>> onBehalfOf = request -> Optional.empty();
        private Function<HttpServletRequest, Optional<String>> tenant = request -> Optional.empty();
        private Function<HttpServletRequest, Optional<String>> route = request -> Optional.empty();
        private Function<HttpServletRequest, Optional<String>> clientAddress = request -> Optional.empty();
        private boolean unauditedAllowed;
        private SecureRandom random = new SecureRandom();
        private LongSupplier ticker = System::nanoTime;

        private Builder(AuditLog log) {
            this.log = Objects.requireNonNull(log, "log");
        }

        /**
         * Says who asks; without it, everybody is anonymous. All functions are called when the request is done, so that
         * they see what later filters found out.
         *
         * @param function reads the actor, usually from a request attribute
         * @return this
         */
        public Builder actor(Function<HttpServletRequest, Actor> function) {
            actor = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Says whose identity the actor has taken on; without it, nobody's.
         *
         * @param function reads the person acted for
         * @return this
         */
        public Builder onBehalfOf(Function<HttpServletRequest, Optional<Actor>> function) {
            onBehalfOf = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Says to which school the request belongs; without it, none is stored.
         *
         * @param function reads the tenant
         * @return this
         */
        public Builder tenant(Function<HttpServletRequest, Optional<String>> function) {
            tenant = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Names the route, such as {@code /api/courses/{id}}; without it, the path stands for the route.
         *
         * @param function reads the pattern that matched
         * @return this
         */
        public Builder route(Function<HttpServletRequest, Optional<String>> function) {
            route = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Says what a trusted proxy reported as the client's address; without it, only the peer's is stored.
         *
         * @param function reads the resolved address
         * @return this
         */
        public Builder clientAddress(Function<HttpServletRequest, Optional<String>> function) {
            clientAddress = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Lets requests through while the log cannot write; without it, they are answered 503.
         *
         * @return this
         */
        public Builder allowUnaudited() {
            unauditedAllowed = true;
            return this;
        }

        /**
         * Sets the source of randomness for request identifiers; without it, a new {@link SecureRandom}.
         *
         * @param value the source
         * @return this
         */
        public Builder random(SecureRandom value) {
            random = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets where elapsed nanoseconds come from; without it, {@link System#nanoTime}.
         *
         * @param nanos never goes back
         * @return this
         */
        public Builder ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Makes the filter.
         *
         * @return the filter, safe for many threads
         */
        public AuditFilter build() {
            return new AuditFilter(this);
        }
    }
}

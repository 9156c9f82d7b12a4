package dev.hardening.health.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hardening.health.Health;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.HealthConfigurationException;
import dev.hardening.health.HealthUnavailableException;
import dev.hardening.health.Probe;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the probes on a port of its own, on two daemon threads that nothing else uses.
 *
 * <p>So it still answers when every thread of the service is busy. Paths are matched exactly; {@code GET} and
 * {@code HEAD} are answered, other methods get 405, other paths 404. Every answer says {@code no-store}, the status is
 * set before the body. A peer that sends or reads too slowly is cut off after 5 s, after 200 ms while others wait.
 *
 * <p>Meant for a management address; it has no TLS and no authentication, and tells nothing but names and statuses. On
 * Java 17 the JDK's server needs {@code sun.net.httpserver.nodelay} to answer kept-alive connections at once; this class
 * sets it unless the host did. Where the host started another {@link HttpServer} earlier, it has to set the property on
 * the command line.
 */
public final class HealthServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
    private static final String NO_DELAY = "sun.net.httpserver.nodelay";
    private static final Duration ROUTE_WAIT = Duration.ofMillis(100);
    private static final int BACKLOG = 128;
    private static final int EMPTY = -1;

    private final Health health;
    private final Map<String, Route> routes;
    private final Semaphore routeTurn = new Semaphore(1);
    private final ServerThreads threads;
    private final HttpServer server;

    private HealthServer(Builder builder) {
        health = builder.health;
        routes = Map.copyOf(builder.routes);
        preferNoDelay();
        try {
            server = HttpServer.create(builder.address, BACKLOG);
        } catch (IOException taken) {
            throw new HealthUnavailableException("cannot listen on " + builder.address, taken);
        }
        threads = new ServerThreads("hardening-health-" + health.name());
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private record Route(String contentType, Supplier<byte[]> body) {}

    /**
     * Starts a server for the four probes alone.
     *
     * @param health whom to ask
     * @param address where to listen; port 0 takes any free one
     * @return a running server
     * @throws HealthUnavailableException if the address cannot be bound
     */
    public static HealthServer start(Health health, InetSocketAddress address) {
        return builder(health).bind(address).start();
    }

    /**
     * Begins the description of a server.
     *
     * @param health whom to ask
     * @return a builder, not safe for many threads
     */
    public static Builder builder(Health health) {
        return new Builder(health);
    }

    /**
     * Says where it listens.
     *
     * @return the address with the port in use
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops at once and ends its threads; closing again does nothing. An interrupted caller stays interrupted. */
    @Override
    public void close() {
        // From Java 24 on the JDK's stop waits for its dispatcher, and an interrupt ends that wait and is forgotten.
        boolean interrupted = Thread.interrupted();
        try {
            server.stop(0);
        } finally {
            threads.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressForbidden("docs/adr/0030: the JDK reads this from nowhere else")
    private static void preferNoDelay() {
        if (System.getProperty(NO_DELAY) == null) {
            System.setProperty(NO_DELAY, "true");
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            route(exchange);
        } catch (IOException | RuntimeException | Error broken) {
            exchange.close();
            throw broken;
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        String path = Objects.requireNonNullElse(exchange.getRequestURI().getRawPath(), "");
        Optional<Probe> probe = Probe.ofPath(path);
        Route route = routes.get(path);
        if (probe.isEmpty() && route == null) {
            answerEmpty(exchange, 404);
        } else if (!readOnly(exchange)) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            answerEmpty(exchange, 405);
        } else if (probe.isPresent()) {
            answer(exchange, probe.get());
        } else if (route != null) {
            answer(exchange, route);
        }
    }

    private static boolean readOnly(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        return "GET".equals(method) || "HEAD".equals(method);
    }

    private void answer(HttpExchange exchange, Probe probe) throws IOException {
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        HealthAnswer answer = health.answer(probe, accept == null ? "" : accept);
        try (OutputStream out = open(exchange, answer.status(), answer.contentType(), answer.length())) {
            if (sendsBody(exchange)) {
                answer.writeTo(out);
            }
        }
    }

    /**
     * Only one of the two threads may serve a route, so that a slow scrape leaves one for the probes. The short wait is
     * for a client that asks again before the thread that answered it has let go.
     */
    private void answer(HttpExchange exchange, Route route) throws IOException {
        if (!routeTurn()) {
            answerEmpty(exchange, 503);
            return;
        }
        try {
            byte[] body = threads.atLeisure(route.body());
            try (OutputStream out = open(exchange, 200, route.contentType(), body.length)) {
                if (sendsBody(exchange)) {
                    out.write(body);
                }
            }
        } catch (RuntimeException broken) {
            LOG.warn("a route of the health server threw {}", broken.getClass().getName());
            answerEmpty(exchange, 500);
        } finally {
            routeTurn.release();
        }
    }

    private boolean routeTurn() {
        try {
            return routeTurn.tryAcquire(ROUTE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException cutOff) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static OutputStream open(HttpExchange exchange, int status, String contentType, int length)
            throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", contentType);
        common(headers);
        if (!sendsBody(exchange)) {
            headers.set("Content-Length", Integer.toString(length));
        }
        exchange.sendResponseHeaders(status, sendsBody(exchange) && length > 0 ? length : EMPTY);
        return exchange.getResponseBody();
    }

    private static void answerEmpty(HttpExchange exchange, int status) throws IOException {
        common(exchange.getResponseHeaders());
        exchange.sendResponseHeaders(status, EMPTY);
        exchange.close();
    }

    private static void common(Headers headers) {
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
    }

    private static boolean sendsBody(HttpExchange exchange) {
        return !"HEAD".equals(exchange.getRequestMethod());
    }

    /** Describes a server. Not safe for many threads. */
    public static final class Builder {
        private static final int DEFAULT_PORT = 8081;

        private final Health health;
        private final Map<String, Route> routes = new LinkedHashMap<>();
        private final List<String> faults = new ArrayList<>();
        private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), DEFAULT_PORT);

        private Builder(Health health) {
            this.health = Objects.requireNonNull(health, "health");
        }

        /**
         * Sets where to listen.
         *
         * @param value port 0 takes any free one; not calling it: loopback, port 8081
         * @return this
         */
        public Builder bind(InetSocketAddress value) {
            address = Objects.requireNonNull(value, "address");
            return this;
        }

        /**
         * Adds a path, such as {@code /metrics}; one request at a time is served, a second gets 503.
         *
         * @param path exact, starting with a slash, not one of the probes
         * @param body makes the answer; called on one of the two threads, at most once at a time and however long it
         *     takes; a throw becomes 500
         * @param contentType its media type
         * @return this
         */
        public Builder route(String path, Supplier<byte[]> body, String contentType) {
            Objects.requireNonNull(body, "body");
            Objects.requireNonNull(contentType, "contentType");
            boolean taken = Probe.ofPath(path).isPresent() || routes.containsKey(path);
            if (!path.startsWith("/") || taken) {
                faults.add("a route must start with a slash and be free, got: " + path);
            }
            routes.put(path, new Route(contentType, body));
            return this;
        }

        /**
         * Binds and serves.
         *
         * @return a running server, to be closed
         * @throws HealthConfigurationException if a route is wrong
         * @throws HealthUnavailableException if the address cannot be bound
         */
        public HealthServer start() {
            if (!faults.isEmpty()) {
                throw new HealthConfigurationException(faults);
            }
            return new HealthServer(this);
        }
    }
}

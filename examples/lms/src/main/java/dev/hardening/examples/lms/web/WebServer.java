package dev.hardening.examples.lms.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.server.handler.MinimumDataRateHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * An embedded Jetty with everything bounded and nothing told about itself.
 *
 * <p>HTTP/1.1 on one address, TLS 1.2 and 1.3 if an {@link SSLContext} is given. At most 200 threads, 1,000 connections,
 * 8 KiB of request headers and 30 s of silence on a connection; a request's body is there within 20 s, and an answer moves by at least 256 bytes a second.
 * Every answer has the {@linkplain SecurityHeaders security headers}, those that Jetty writes itself included.
 *
 * <p>{@link #close} takes no new connection, lets running requests finish within the stop timeout and returns.
 */
public final class WebServer implements AutoCloseable {
    private static final int MAX_THREADS = 200;
    private static final int MIN_THREADS = 8;
    private static final int MAX_CONNECTIONS = 1_000;
    private static final int MAX_HEADER_BYTES = 8 << 10;
    private static final int MIN_BYTES_PER_SECOND = 256;

    private final Server server;
    private final ServerConnector connector;

    private WebServer(Server server, ServerConnector connector) {
        this.server = server;
        this.connector = connector;
    }

    /** Starts a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** The port in use, which matters where 0 was asked for. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Stops; running requests get the stop timeout to finish. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Exception failure) {
            throw new IllegalStateException("the web server did not stop cleanly", failure);
        }
    }

    /** Settings of the server; not safe for many threads. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port;
        private Optional<SSLContext> tls = Optional.empty();
        private Duration stopTimeout = Duration.ofSeconds(20);
        private Duration idleTimeout = Duration.ofSeconds(30);
        private Duration bodyTimeout = Duration.ofSeconds(20);
        private Predicate<String> proxies = peer -> false;
        private final List<Filter> filters = new ArrayList<>();

        private Builder() {}

        /** The address to listen on; a free port of the loopback interface if not called. */
        public Builder address(String hostname, int portNumber) {
            host = Objects.requireNonNull(hostname, "hostname");
            port = portNumber;
            return this;
        }

        /** Speaks TLS with this context and nothing else; plain HTTP if not called. */
        public Builder tls(SSLContext context) {
            tls = Optional.of(context);
            return this;
        }

        /** How long a stop waits for running requests; 20 s if not called. */
        public Builder stopTimeout(Duration value) {
            stopTimeout = Objects.requireNonNull(value, "value");
            return this;
        }

        /** How long a connection may be silent; 30 s if not called. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = Objects.requireNonNull(value, "value");
            return this;
        }

        /** How long a request may take to bring its body, read or thrown away; 20 s if not called. */
        public Builder bodyTimeout(Duration value) {
            bodyTimeout = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Believes {@code X-Forwarded-Proto: https} of these peers; nobody is believed if not called. Decides about HSTS
         * alone.
         */
        public Builder trustForwardedProto(Predicate<String> peers) {
            proxies = Objects.requireNonNull(peers, "peers");
            return this;
        }

        /** Adds a filter before the servlet, inside those added before. */
        public Builder filter(Filter filter) {
            filters.add(Objects.requireNonNull(filter, "filter"));
            return this;
        }

        /**
         * Starts the server.
         *
         * @param servlet answers every path
         * @throws IllegalStateException if the address cannot be bound
         */
        public WebServer start(Servlet servlet) {
            // Jetty wants its queue unbounded and drops connections where it is not. The connection limit bounds it,
            // since a connection has at most one task waiting.
            QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
            threads.setName("lms-http");
            Server server = new Server(threads);
            ServerConnector connector = connector(server);
            server.addConnector(connector);
            server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
            server.setErrorHandler(new JettyErrors());
            // No rate for what is read: it would refuse a short body that comes half a second after its headers.
            server.setHandler(
                    new GracefulHandler(new MinimumDataRateHandler(context(servlet), 0, MIN_BYTES_PER_SECOND)));
            server.setStopTimeout(stopTimeout.toMillis());
            try {
                server.start();
            } catch (Exception failure) {
                throw new IllegalStateException("the web server did not start on " + host + ":" + port, failure);
            }
            return new WebServer(server, connector);
        }

        private ServletContextHandler context(Servlet servlet) {
            ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS);
            context.setErrorHandler(new JettyErrors());
            context.addServlet(new ServletHolder("lms", servlet), "/*");
            add(context, new DrainFilter(bodyTimeout));
            filters.forEach(filter -> add(context, filter));
            return context;
        }

        private static void add(ServletContextHandler context, Filter filter) {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        }

        private ServerConnector connector(Server server) {
            HttpConnectionFactory http = new HttpConnectionFactory(configuration());
            ServerConnector connector = tls.isPresent()
                    ? new ServerConnector(server, new SslConnectionFactory(factory(tls.get()), "http/1.1"), http)
                    : new ServerConnector(server, http);
            connector.setHost(host);
            connector.setPort(port);
            connector.setIdleTimeout(idleTimeout.toMillis());
            // Jetty's default is 50: of a hundred connections at once some would wait a second to be tried again.
            connector.setAcceptQueueSize(MAX_CONNECTIONS);
            return connector;
        }

        private HttpConfiguration configuration() {
            HttpConfiguration configuration = new HttpConfiguration();
            configuration.setSendServerVersion(false);
            configuration.setSendXPoweredBy(false);
            configuration.setRequestHeaderSize(MAX_HEADER_BYTES);
            configuration.setUriCompliance(UriCompliance.DEFAULT);
            if (tls.isPresent()) {
                // There is one certificate, so the host name chooses nothing.
                configuration.addCustomizer(new SecureRequestCustomizer(false));
            }
            configuration.addCustomizer(this::headers);
            return configuration;
        }

        private Request headers(Request request, HttpFields.Mutable responseHeaders) {
            SecurityHeaders.always().forEach(responseHeaders::put);
            if (request.isSecure() || forwardedSecure(request)) {
                SecurityHeaders.secure().forEach(responseHeaders::put);
            }
            return request;
        }

        private boolean forwardedSecure(Request request) {
            return "https".equalsIgnoreCase(request.getHeaders().get("X-Forwarded-Proto"))
                    && proxies.test(Request.getRemoteAddr(request));
        }

        private static SslContextFactory.Server factory(SSLContext context) {
            SslContextFactory.Server factory = new SslContextFactory.Server();
            factory.setSslContext(context);
            factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
            factory.setRenegotiationAllowed(false);
            return factory;
        }
    }
}

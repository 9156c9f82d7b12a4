package dev.hardening.audit.servlet;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.testing.Eventually;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real server with the filter in front, on any free port. */
final class Site implements AutoCloseable {
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final ServletContextHandler context = new ServletContextHandler();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Path directory;

    private Site(Path directory) {
        this.directory = directory;
        server.addConnector(connector);
        server.setHandler(context);
    }

    static Site at(Path directory) {
        return new Site(directory);
    }

    Site filter(AuditFilter filter) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, "/*", EnumSet.allOf(DispatcherType.class));
        return this;
    }

    Site errorPage(String path) {
        ErrorPageErrorHandler pages = new ErrorPageErrorHandler();
        pages.addErrorPage(400, 599, path);
        context.setErrorHandler(pages);
        return this;
    }

    Site serve(String path, Servlet servlet) {
        ServletHolder holder = new ServletHolder(new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
                try {
                    servlet.serve(request, response);
                } catch (IOException | RuntimeException thrown) {
                    throw thrown;
                } catch (Exception thrown) {
                    throw new IllegalStateException(thrown);
                }
            }
        });
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
        return this;
    }

    Site start() throws Exception {
        server.start();
        return this;
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    int port() {
        return connector.getLocalPort();
    }

    /** The events of requests, as soon as there are as many; more would be one too many. */
    List<StoredEvent> requests(AuditLog log, int count) {
        Eventually.until(Duration.ofSeconds(10), count + " requests", () -> events().size() >= count);
        log.close();
        return events();
    }

    private List<StoredEvent> events() {
        return AuditReader.of(directory).find(event -> event.type().equals("http.request"));
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }

    /** A servlet in one method. */
    interface Servlet {
        void serve(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }
}

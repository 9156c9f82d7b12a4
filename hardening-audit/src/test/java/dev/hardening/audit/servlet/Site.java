package dev.hardening.audit.servlet;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.testing.Eventually;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real server with the filter in front, on any free port. */
final class Site {
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final ServletContextHandler context = new ServletContextHandler();
    private final Path directory;

    private Site(Path directory) {
        this.directory = directory;
        server.addConnector(connector);
        server.setHandler(context);
    }

    static Site at(Path directory) {
        return new Site(directory);
    }

    Site filter(Filter filter) {
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
            protected void service(HttpServletRequest request, HttpServletResponse response)
                    throws IOException, ServletException {
                try {
                    servlet.serve(request, response);
                } catch (IOException | ServletException | RuntimeException thrown) {
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

    /** Asks once; a client library would ask again on its own where an answer breaks off. */
    Answer get(String path, String... headers) throws IOException {
        StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            InputStream input = socket.getInputStream();
            return Answer.parse(new String(input.readAllBytes(), StandardCharsets.ISO_8859_1));
        }
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

    void close() throws Exception {
        server.stop();
    }

    /** A servlet in one method. */
    interface Servlet {
        void serve(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }

    /**
     * What came back.
     *
     * @param statusCode of the status line
     * @param text headers and body
     */
    record Answer(int statusCode, String text) {
        static Answer parse(String raw) {
            return new Answer(Integer.parseInt(raw.substring(9, 12)), raw);
        }

        String header(String name) {
            return text.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElseThrow();
        }

        String body() {
            return text.substring(text.indexOf("\r\n\r\n") + 4);
        }
    }
}

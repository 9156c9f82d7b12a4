package dev.hardening.ratelimit.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real server with the filter in front, on any free port. */
final class Site {
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final ServletContextHandler context = new ServletContextHandler();

    Site(Filter filter) {
        server.addConnector(connector);
        server.setHandler(context);
        FilterHolder filters = new FilterHolder(filter);
        filters.setAsyncSupported(true);
        context.addFilter(filters, "/*", EnumSet.allOf(DispatcherType.class));
        ErrorPageErrorHandler pages = new ErrorPageErrorHandler();
        pages.addErrorPage(500, "/error");
        context.setErrorHandler(pages);
        servlet("/error", (request, response) -> response.getWriter().print("sorry"));
    }

    Site servlet(String path, Handler handler) {
        ServletHolder servlet = new ServletHolder(new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response)
                    throws IOException, ServletException {
                try {
                    handler.handle(request, response);
                } catch (IOException | ServletException | RuntimeException thrown) {
                    throw thrown;
                } catch (Exception thrown) {
                    throw new IllegalStateException(thrown);
                }
            }
        });
        servlet.setAsyncSupported(true);
        context.addServlet(servlet, path);
        return this;
    }

    /** Takes paths of which a cautious server wants none, with empty segments or escaped letters of any kind. */
    Site anySpelling() {
        connector
                .getConnectionFactory(HttpConnectionFactory.class)
                .getHttpConfiguration()
                .setUriCompliance(UriCompliance.UNSAFE);
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        return this;
    }

    Site start() {
        try {
            server.start();
            return this;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Asks on a thread of its own. */
    CompletableFuture<Answer> ask(String method, String path, String... headers) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Thread asking = new Thread(() -> {
            try (Socket socket = connect(method, path, headers)) {
                String raw = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                answer.complete(new Answer(raw));
            } catch (IOException | RuntimeException failure) {
                answer.completeExceptionally(failure);
            }
        });
        asking.setDaemon(true);
        asking.start();
        return answer;
    }

    Answer get(String path) {
        return ask("GET", path).join();
    }

    /** Asks and goes away without having read anything. */
    void askAndLeave(String path) {
        try (Socket socket = connect("GET", path)) {
            socket.shutdownOutput();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Socket connect(String method, String path, String... headers) throws IOException {
        StringBuilder request =
                new StringBuilder(method + ' ' + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (int index = 0; index < headers.length; index += 2) {
            request.append(headers[index])
                    .append(": ")
                    .append(headers[index + 1])
                    .append("\r\n");
        }
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    void close() throws Exception {
        server.stop();
    }

    /** What came back, as it was on the wire. */
    record Answer(String raw) {
        int status() {
            return Integer.parseInt(raw.substring(9, 12));
        }

        String header(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ": ";
            return raw.substring(0, raw.indexOf("\r\n\r\n"))
                    .lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()))
                    .findFirst()
                    .orElse("");
        }

        String body() {
            return raw.substring(raw.indexOf("\r\n\r\n") + 4);
        }
    }

    /** A servlet in one method. */
    interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }
}

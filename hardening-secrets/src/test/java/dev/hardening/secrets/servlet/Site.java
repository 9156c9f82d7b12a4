package dev.hardening.secrets.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
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

    private Site() {
        server.addConnector(connector);
        server.setHandler(context);
    }

    Site(Filter filter, Handler handler) {
        this();
        filter("/*", filter).servlet("/*", handler).start();
    }

    /** A site to be filled and started. */
    static Site empty() {
        return new Site();
    }

    Site filter(String path, Filter filter) {
        FilterHolder filters = new FilterHolder(filter);
        filters.setAsyncSupported(true);
        context.addFilter(filters, path, EnumSet.allOf(DispatcherType.class));
        return this;
    }

    Site errorPage(int status, String path) {
        ErrorPageErrorHandler pages = new ErrorPageErrorHandler();
        pages.addErrorPage(status, path);
        context.setErrorHandler(pages);
        return this;
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

    Site start() {
        try {
            server.start();
            return this;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    Answer ask(String start, byte[] body, String... headers) throws IOException {
        StringBuilder head = new StringBuilder(start + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        boolean chunked = false;
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
            chunked |= headers[i].equals("Transfer-Encoding");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        if (chunked) {
            request.writeBytes((Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(body);
            request.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } else {
            if (body.length > 0) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            request.writeBytes(body);
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(request.toByteArray());
            return new Answer(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
        }
    }

    void close() throws Exception {
        server.stop();
    }

    /** A servlet in one method. */
    interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }

    /** What came back, as it was on the wire. */
    record Answer(String raw) {
        int status() {
            return Integer.parseInt(raw.substring(9, 12));
        }

        Optional<String> header(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ": ";
            return raw.substring(0, raw.indexOf("\r\n\r\n"))
                    .lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()))
                    .findFirst();
        }

        String body() {
            String rest = raw.substring(raw.indexOf("\r\n\r\n") + 4);
            if (header("Transfer-Encoding").isEmpty()) {
                return rest;
            }
            StringBuilder whole = new StringBuilder();
            for (int at = 0; ; ) {
                int end = rest.indexOf("\r\n", at);
                int size = Integer.parseInt(rest.substring(at, end), 16);
                if (size == 0) {
                    return whole.toString();
                }
                whole.append(rest, end + 2, end + 2 + size);
                at = end + 2 + size + 2;
            }
        }
    }
}

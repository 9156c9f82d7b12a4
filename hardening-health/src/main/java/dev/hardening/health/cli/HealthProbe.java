package dev.hardening.health.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Asks one probe on loopback and ends with 0 if the answer is a 2xx, else with 1; made for Docker's HEALTHCHECK.
 *
 * <p>{@code HealthProbe [port] [path]}, by default 8081 and {@code /health/live}, since some orchestrators restart what
 * is unhealthy and a restart heals no database. Writes one line. Gives up after 2 s in all, so that the whole process
 * ends within the 3 s that the HEALTHCHECK line grants, against a black hole too.
 *
 * <p>Uses a raw socket and no other class of this library, so that the JVM loads as little as possible.
 */
public final class HealthProbe {
    private static final int DEFAULT_PORT = 8_081;
    private static final int MAX_PORT = 65_535;
    private static final long PATIENCE = 2_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final int STATUS_LENGTH = "HTTP/1.1 200".length();
    private static final String[] INHERITED = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"};

    private HealthProbe() {}

    /**
     * Asks and ends the process.
     *
     * @param arguments port and path, both optional
     */
    public static void main(String[] arguments) {
        int code = run(arguments, System.getenv(), System.out);
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }

    static int run(String[] arguments, Map<String, String> environment, PrintStream out) {
        String verdict;
        int code = 1;
        try {
            int status = ask(port(arguments), path(arguments));
            code = status >= 200 && status < 300 ? 0 : 1;
            verdict = (code == 0 ? "UP " : "DOWN ") + status;
        } catch (IOException | IllegalArgumentException failure) {
            verdict = "DOWN " + failure.getClass().getSimpleName();
        }
        out.println(verdict + warning(environment));
        return code;
    }

    private static int port(String[] arguments) {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : DEFAULT_PORT;
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port must be from 1 to " + MAX_PORT + ", got " + port);
        }
        return port;
    }

    private static String path(String[] arguments) {
        String path = arguments.length > 1 ? arguments[1] : "/health/live";
        if (!path.matches("/[A-Za-z0-9/._-]*")) {
            throw new IllegalArgumentException("path must be a plain path, got " + path);
        }
        return path;
    }

    private static int ask(int port, String path) throws IOException {
        long end = System.nanoTime() + PATIENCE;
        try (Socket socket = new Socket()) {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            socket.connect(new InetSocketAddress(loopback, port), left(end));
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return status(socket, end);
        }
    }

    /** Reads the status line alone, and no longer than the whole may take, however slowly it drips. */
    private static int status(Socket socket, long end) throws IOException {
        byte[] line = new byte[STATUS_LENGTH];
        InputStream in = socket.getInputStream();
        for (int read = 0; read < line.length; ) {
            socket.setSoTimeout(left(end));
            int count = in.read(line, read, line.length - read);
            if (count < 0) {
                throw new IOException("the answer ended early");
            }
            read += count;
        }
        String text = new String(line, StandardCharsets.US_ASCII);
        if (!text.matches("HTTP/1\\.[01] [1-5][0-9][0-9]")) {
            throw new IOException("not an HTTP answer");
        }
        return Integer.parseInt(text.substring(STATUS_LENGTH - 3));
    }

    private static int left(long end) throws IOException {
        long millis = (end - System.nanoTime()) / MILLI;
        if (millis <= 0) {
            throw new IOException("no answer in time");
        }
        return (int) millis;
    }

    private static String warning(Map<String, String> environment) {
        StringBuilder warning = new StringBuilder();
        for (String name : INHERITED) {
            if (environment.containsKey(name)) {
                warning.append("; warning: this probe inherits ").append(name);
                warning.append(", put JVM options of the service on its command line");
            }
        }
        return warning.toString();
    }
}

package dev.hardening.examples.lms.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Sends bytes as they are and reads what comes back until the end: a client that no library polishes. */
public final class RawHttp {
    private static final int TIMEOUT = 20_000;

    private RawHttp() {}

    /** A whole answer; empty if the server closed without one. */
    public record Reply(int status, List<String> headerLines, String text) {
        public String header(String name) {
            List<String> found = headers(name);
            return found.isEmpty() ? "" : found.get(0);
        }

        public List<String> headers(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return headerLines.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }

        /** The string value of a field in a small JSON document. */
        public String field(String name) {
            String marker = "\"" + name + "\":\"";
            int start = text.indexOf(marker);
            if (start < 0) {
                throw new AssertionError("no " + name + " in " + status + " " + text);
            }
            start += marker.length();
            return text.substring(start, text.indexOf('"', start));
        }
    }

    /** Makes a call with a JSON body, without a body if that is empty. */
    public static Reply json(int port, String call, String token, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String head = call + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + (token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n")
                + (json.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n")
                + "\r\n";
        return send(port, head + new String(body, StandardCharsets.ISO_8859_1)).orElseThrow();
    }

    /** Sends the bytes and waits for the answer. */
    public static Optional<Reply> send(int port, byte[] request) {
        return exchange(port, request, false);
    }

    /** Sends the bytes and says that there will be no more, so that no server waits for the rest of a broken request. */
    public static Optional<Reply> sendAll(int port, byte[] request) {
        return exchange(port, request, true);
    }

    private static Optional<Reply> exchange(int port, byte[] request, boolean end) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT);
            try {
                OutputStream out = socket.getOutputStream();
                out.write(request);
                out.flush();
                if (end) {
                    socket.shutdownOutput();
                }
            } catch (IOException closedEarly) {
                // The server may answer and close before it has read all; the answer counts.
            }
            return parse(read(socket.getInputStream()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static Optional<Reply> send(int port, String request) {
        return send(port, request.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] read(InputStream in) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                whole.write(buffer, 0, read);
            }
        } catch (java.net.SocketTimeoutException silent) {
            throw new AssertionError("the server neither answered nor closed", silent);
        } catch (IOException reset) {
            // What came before the reset counts.
        }
        return whole.toByteArray();
    }

    private static Optional<Reply> parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int from = text.startsWith("HTTP/1.1 100") ? text.indexOf("\r\n\r\n") + 4 : 0;
        int end = text.indexOf("\r\n\r\n", from);
        if (end < 0) {
            return Optional.empty();
        }
        List<String> lines = new ArrayList<>(List.of(text.substring(from, end).split("\r\n", -1)));
        int status = Integer.parseInt(lines.remove(0).split(" ", -1)[1]);
        byte[] body = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        return Optional.of(new Reply(status, List.copyOf(lines), new String(body, StandardCharsets.UTF_8)));
    }
}

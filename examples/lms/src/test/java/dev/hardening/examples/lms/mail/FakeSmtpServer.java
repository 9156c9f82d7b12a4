package dev.hardening.examples.lms.mail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Speaks enough SMTP to take a mail, with or without STARTTLS, and remembers every line and whether it was secret. */
final class FakeSmtpServer implements AutoCloseable {
    private final ServerSocket listening;
    private final SSLContext context;
    private final boolean offersStartTls;
    private final List<String> plain = new CopyOnWriteArrayList<>();
    private final List<String> secret = new CopyOnWriteArrayList<>();

    FakeSmtpServer(SSLContext context, boolean offersStartTls) throws IOException {
        this.context = context;
        this.offersStartTls = offersStartTls;
        this.listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "fake-smtp");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Lines that went over the wire for anybody to read. */
    List<String> plain() {
        return plain;
    }

    /** Lines within TLS. */
    List<String> secret() {
        return secret;
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }

    private void serve() {
        while (!listening.isClosed()) {
            try (Socket socket = listening.accept()) {
                converse(socket, plain);
            } catch (IOException ended) {
                plain.add("(ended)");
            }
        }
    }

    private void converse(Socket socket, List<String> heard) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        OutputStream out = socket.getOutputStream();
        if (heard == plain) {
            say(out, "220 fake");
        }
        boolean data = false;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            heard.add(line);
            String verb = line.toUpperCase(Locale.ROOT);
            if (data) {
                data = !line.equals(".");
                say(out, data ? "" : "250 taken");
            } else if (verb.startsWith("STARTTLS")) {
                say(out, "220 go");
                converse(upgraded(socket), secret);
                return;
            } else {
                data = verb.startsWith("DATA");
                say(out, answer(verb, heard == plain));
            }
        }
    }

    private String answer(String verb, boolean open) {
        if (verb.startsWith("EHLO")) {
            return "250-fake\r\n250-AUTH PLAIN" + (open && offersStartTls ? "\r\n250-STARTTLS" : "")
                    + "\r\n250 8BITMIME";
        }
        if (verb.startsWith("DATA")) {
            return "354 go on";
        }
        return verb.startsWith("AUTH") ? "235 known" : "250 well";
    }

    private Socket upgraded(Socket socket) throws IOException {
        SSLSocket upgraded = (SSLSocket) context.getSocketFactory()
                .createSocket(socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
        upgraded.setUseClientMode(false);
        upgraded.startHandshake();
        return upgraded;
    }

    private static void say(OutputStream out, String line) throws IOException {
        if (!line.isEmpty()) {
            out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
    }
}

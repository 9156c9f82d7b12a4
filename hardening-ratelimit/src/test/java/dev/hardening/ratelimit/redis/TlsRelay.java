package dev.hardening.ratelimit.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** The TLS end that a hosted Redis has, in front of one without. */
final class TlsRelay implements AutoCloseable {
    private final SSLServerSocket listening;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    /** Connections over which the client sent so much as a byte after the handshake. */
    final AtomicInteger spoken = new AtomicInteger();

    TlsRelay(SSLContext context, int target) throws IOException {
        this.target = target;
        listening = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run(() -> {
            while (!listening.isClosed()) {
                SSLSocket accepted = (SSLSocket) listening.accept();
                sockets.add(accepted);
                run(() -> relay(accepted));
            }
        });
    }

    int port() {
        return listening.getLocalPort();
    }

    private void relay(SSLSocket accepted) throws IOException {
        try (Socket onward = new Socket(InetAddress.getLoopbackAddress(), target)) {
            sockets.add(onward);
            int first = accepted.getInputStream().read();
            if (first < 0) {
                return;
            }
            spoken.incrementAndGet();
            onward.getOutputStream().write(first);
            run(() -> onward.getInputStream().transferTo(accepted.getOutputStream()));
            accepted.getInputStream().transferTo(onward.getOutputStream());
        } finally {
            accepted.close();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private static void run(Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        step.run();
                    } catch (IOException ended) {
                        // The client saw it too, and is the one who tells.
                        return;
                    }
                },
                "tls-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private interface Step {
        void run() throws IOException;
    }
}

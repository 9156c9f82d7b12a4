package dev.hardening.secrets.tls;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A TLS server on a free port that says every line again, and connections to it. */
final class EchoServer implements Closeable {
    private static final int PATIENCE = 30_000;

    private final SSLServerSocket listening;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    EchoServer(SSLContext context) throws IOException {
        listening = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                SSLSocket accepted = (SSLSocket) listening.accept();
                threads.execute(() -> echo(accepted));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void echo(SSLSocket accepted) {
        try (accepted) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(accepted.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                accepted.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException refused) {
            // The client saw it too, and is the one who tells.
            return;
        }
    }

    Connection connect(SSLContext client) throws IOException {
        SSLSocket socket = (SSLSocket)
                client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        socket.setSoTimeout(PATIENCE);
        return new Connection(socket);
    }

    /** A client that trusts one authority. */
    static SSLContext client(X509Certificate authority) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        threads.shutdownNow();
    }

    record Connection(SSLSocket socket) implements Closeable {
        X509Certificate shown() throws IOException {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }

        String say(String word) throws IOException {
            socket.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
            StringBuilder answer = new StringBuilder();
            for (int next = socket.getInputStream().read();
                    next != '\n';
                    next = socket.getInputStream().read()) {
                if (next < 0) {
                    throw new IOException("closed");
                }
                answer.append((char) next);
            }
            return answer.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}

package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverSourceTest {
    /** Accepts all, answers the first packet, which asks for TLS, with this, and then says nothing. */
    private static final class SilentServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
        private final List<Socket> accepted = new CopyOnWriteArrayList<>();
        private final String answer;
        private final Thread thread = new Thread(this::serve, "silent-database");

        SilentServer(String answer) throws IOException {
            this.answer = answer;
            thread.start();
        }

        private void serve() {
            try {
                for (; ; ) {
                    Socket next = socket.accept();
                    accepted.add(next);
                    if (!answer.isEmpty()) {
                        next.getInputStream().readNBytes(8);
                        next.getOutputStream().write(answer.charAt(0));
                    }
                }
            } catch (IOException closed) {
                // That is how it ends.
            }
        }

        String url() {
            return "jdbc:postgresql://127.0.0.1:" + socket.getLocalPort() + "/d";
        }

        @Override
        public void close() throws IOException {
            socket.close();
            for (Socket each : accepted) {
                each.close();
            }
            try {
                thread.join();
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "N"})
    void connection_serverThatSaysNothing_endsInTime(String answer) throws Exception {
        try (SilentServer server = new SilentServer(answer)) {
            DriverSource source = new DriverSource(server.url(), "u", Optional.empty(), Duration.ofSeconds(1));

            assertTimeoutPreemptively(
                    Duration.ofSeconds(30), () -> assertThrows(SQLException.class, source::getConnection));
        }
    }
}

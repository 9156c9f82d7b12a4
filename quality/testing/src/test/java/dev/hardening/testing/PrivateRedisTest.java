package dev.hardening.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PrivateRedisTest {
    private static final int SHORT_MILLIS = 200;

    @Test
    void kill_andRestart_isAnEmptyServerOnTheSamePort() {
        try (PrivateRedis redis = PrivateRedis.start()) {
            assertEquals("+OK", redis.command("SET", "a", "b"));
            assertEquals("b", redis.command("GET", "a"));

            redis.kill();
            assertThrows(UncheckedIOException.class, () -> redis.command("PING"));
            redis.restart();

            assertEquals("$-1", redis.command("GET", "a"));
        }
    }

    @Test
    void pause_andResume_isSilenceInBetween() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                Socket socket = connect(redis.port())) {
            redis.pause();

            assertThrows(SocketTimeoutException.class, () -> ping(socket));

            redis.resume();
            assertEquals('+', socket.getInputStream().read());
        }
    }

    @Test
    void close_pausedServer_isGone() {
        PrivateRedis redis = PrivateRedis.start("--requirepass", "secret");
        assertTrue(redis.command("PING").startsWith("-NOAUTH"));
        redis.pause();

        redis.close();

        assertThrows(UncheckedIOException.class, () -> redis.command("PING"));
    }

    @Test
    void proxy_swallowing_isSilentUntilHealed() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy proxy = FaultyProxy.to(redis.port());
                Socket socket = connect(proxy.port())) {
            assertEquals('+', ping(socket));
            socket.getInputStream().readNBytes(6);

            proxy.swallow();
            assertThrows(SocketTimeoutException.class, () -> ping(socket));
            proxy.heal();

            assertEquals('+', ping(socket));
            assertEquals(1, proxy.connections());
        }
    }

    @Test
    void proxy_halfClosed_endsTheStream() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy proxy = FaultyProxy.to(redis.port());
                Socket socket = connect(proxy.port())) {
            assertEquals('+', ping(socket));
            socket.getInputStream().readNBytes(6);

            proxy.halfClose();

            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void proxy_cutAndRefused_resetsAndRefusesUntilHealed() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy proxy = FaultyProxy.to(redis.port());
                Socket socket = connect(proxy.port())) {
            assertEquals('+', ping(socket));
            socket.getInputStream().readNBytes(6);

            proxy.refuse();
            assertThrows(SocketException.class, () -> socket.getInputStream().read());
            assertThrows(IOException.class, () -> connect(proxy.port()).close());
            proxy.heal();

            try (Socket again = connect(proxy.port())) {
                assertEquals('+', ping(again));
            }
        }
    }

    @Test
    void proxy_delayed_comesLate() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy proxy = FaultyProxy.to(redis.port());
                Socket socket = connect(proxy.port())) {
            proxy.delay(Duration.ofMillis(300));

            assertThrows(SocketTimeoutException.class, () -> ping(socket));
            socket.setSoTimeout(0);

            assertEquals('+', socket.getInputStream().read());
            assertFalse(socket.isClosed());
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(SHORT_MILLIS);
        return socket;
    }

    private static int ping(Socket socket) throws IOException {
        socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket.getInputStream().read();
    }
}

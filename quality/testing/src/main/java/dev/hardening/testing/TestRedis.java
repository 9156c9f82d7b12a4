package dev.hardening.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One real Redis per JVM, empty at the start of each test class.
 *
 * <p>{@code TEST_REDIS_URL} ({@code redis://host:port}) takes another server; it is flushed.
 */
public final class TestRedis implements BeforeAllCallback {
    private TestRedis() {}

    public static TestRedis server() {
        return new TestRedis();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        flush();
    }

    public URI uri() {
        return RedisProcess.shared();
    }

    public int port() {
        return uri().getPort();
    }

    /** Deletes every key. */
    public void flush() {
        URI uri = uri();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("FLUSHALL\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            String answer = new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
            if (!answer.startsWith("+OK")) {
                throw new IllegalStateException("redis answered " + answer);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

package dev.hardening.examples.lms.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsServerTest {
    private static final String REQUEST = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    @TempDir
    Path folder;

    @Test
    @Tag("ASVS-3.4.1")
    @Tag("ASVS-12.1.1")
    void answer_overTls_hasStrictTransportSecurity() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (WebServer server = WebServer.builder().tls(identity.context()).start(hello())) {
            String answer = call(identity, server.port(), "TLSv1.3");

            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            assertTrue(
                    answer.contains("\r\nStrict-Transport-Security: max-age=63072000; includeSubDomains\r\n"), answer);
        }
    }

    @Test
    @Tag("ASVS-3.4.1")
    void malformedRequest_overTls_hasStrictTransportSecurity() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (WebServer server = WebServer.builder().tls(identity.context()).start(hello())) {
            String answer = call(identity, server.port(), "TLSv1.3", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n");

            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
            assertTrue(answer.contains("\r\nStrict-Transport-Security: "), answer);
        }
    }

    @Test
    @Tag("ASVS-12.1.1")
    void handshake_belowTls12_isRefused() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (WebServer server = WebServer.builder().tls(identity.context()).start(hello())) {
            assertTrue(call(identity, server.port(), "TLSv1.2").startsWith("HTTP/1.1 200"));
            assertTrue(refused(identity, server.port(), "TLSv1.1"));
        }
    }

    @Test
    void request_inPlainText_getsNothing() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (WebServer server = WebServer.builder().tls(identity.context()).start(hello())) {
            assertTrue(RawHttp.send(server.port(), REQUEST).isEmpty());
        }
    }

    @Test
    void close_whileARequestRuns_letsItFinish() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Router router = Router.builder()
                .route("GET", "/hello", exchange -> {
                    inside.countDown();
                    await(goOn);
                    return Answer.json(200, json -> json.text("hello", "late"));
                })
                .build();
        WebServer server = WebServer.builder()
                .stopTimeout(Duration.ofSeconds(10))
                .start(new Dispatcher(router, request -> "id", failure -> false));
        int port = server.port();
        CompletableFuture<RawHttp.Reply> reply =
                CompletableFuture.supplyAsync(() -> RawHttp.send(port, REQUEST).orElseThrow());
        await(inside);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
        goOn.countDown();

        assertEquals("{\"hello\":\"late\"}", reply.get(10, TimeUnit.SECONDS).text());
        stopped.get(10, TimeUnit.SECONDS);
    }

    private static Dispatcher hello() {
        Router router = Router.builder()
                .route("GET", "/hello", exchange -> Answer.json(200, json -> json.text("hello", "world")))
                .build();
        return new Dispatcher(router, request -> "id", failure -> false);
    }

    private static boolean refused(TestIdentity identity, int port, String protocol) throws Exception {
        try {
            return !call(identity, port, protocol).startsWith("HTTP/1.1");
        } catch (SSLException expected) {
            return true;
        }
    }

    private static String call(TestIdentity identity, int port, String protocol) throws Exception {
        return call(identity, port, protocol, REQUEST);
    }

    private static String call(TestIdentity identity, int port, String protocol, String request) throws Exception {
        try (SSLSocket socket = (SSLSocket)
                identity.context().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (SSLException failure) {
            throw failure;
        } catch (IOException reset) {
            return "";
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}

package dev.hardening.health.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Health;
import dev.hardening.health.HealthConfigurationException;
import dev.hardening.health.HealthUnavailableException;
import dev.hardening.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HealthServerTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Duration SOON = Duration.ofSeconds(20);

    private final AtomicInteger executions = new AtomicInteger();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Health health = Health.builder("http")
            .readiness("db", deadline -> {
                executions.incrementAndGet();
                throw new IllegalStateException("jdbc:postgresql://canary/?password=canary");
            })
            .startup("migrations")
            .build()
            .start();
    private HealthServer server = HealthServer.start(health, ANY);

    @AfterEach
    void close() {
        server.close();
        server.close();
        health.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .timeout(SOON);
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void probes_always_areAnsweredWithStatusTypeAndNoStore() throws Exception {
        HttpResponse<String> live = get("/health/live");
        HttpResponse<String> ready = get("/health/ready", "Accept", "application/health+json");

        assertEquals(200, live.statusCode());
        assertEquals("{\"status\":\"UP\",\"checks\":[]}", live.body());
        assertEquals(
                "application/json", live.headers().firstValue("Content-Type").orElseThrow());
        assertEquals("no-store", live.headers().firstValue("Cache-Control").orElseThrow());
        assertEquals(503, ready.statusCode());
        assertEquals(
                "application/health+json",
                ready.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void head_always_hasTheHeadersOfGetAndNoBody() throws Exception {
        HttpResponse<String> get = get("/health/ready");
        HttpResponse<String> head = client.send(
                request("/health/ready").method("HEAD", BodyPublishers.noBody()).build(), BodyHandlers.ofString());

        assertEquals(503, head.statusCode());
        assertEquals("", head.body());
        assertEquals(
                Integer.toString(get.body().length()),
                head.headers().firstValue("Content-Length").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"})
    @Tag("health:F21")
    void otherMethods_always_getFiveHundredAndFour(String method) throws Exception {
        HttpResponse<String> answer = client.send(
                request("/health/ready")
                        .method(method, BodyPublishers.ofString("{}"))
                        .build(),
                BodyHandlers.ofString());

        assertEquals(405, answer.statusCode());
        assertEquals("GET, HEAD", answer.headers().firstValue("Allow").orElseThrow());
        assertEquals("", answer.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/health/",
                "/health/ready/",
                "/Health",
                "/health/../health",
                "/health%2Fready",
                "/health;x=1",
                "/health/db",
                "//health",
                "/metrics",
                "/health/live/details"
            })
    @Tag("health:F21")
    void pathTricks_always_getFourHundredAndFour(String path) throws Exception {
        String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer x",
        "Authorization, Basic YWRtaW46YWRtaW4=",
        "X-Forwarded-For, 127.0.0.1",
        "Cookie, admin=1",
        "X-Original-URL, /health/details",
    })
    @Tag("health:F21")
    @Tag("health:F22")
    void headersAndQueries_always_changeNoByte(String header, String value) throws Exception {
        Eventually.until(
                SOON,
                "the check has failed",
                () -> health.snapshot().find("db").orElseThrow().reason().equals("error"));
        byte[] plain = get("/health").body().getBytes(StandardCharsets.UTF_8);

        byte[] tried =
                get("/health?details=true&show=all", header, value).body().getBytes(StandardCharsets.UTF_8);

        assertArrayEquals(plain, tried);
        assertFalse(new String(tried, StandardCharsets.UTF_8).contains("canary"));
    }

    @Test
    @Tag("health:F8")
    void probeStorm_overOneConnection_isFastAndRunsNoCheck() throws Exception {
        Eventually.until(SOON, "first run", () -> executions.get() == 1);
        get("/health/live");

        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            get("/health/ready");
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

        assertTrue(millis < 3_000, "kept-alive answers took " + millis + " ms, with delayed ACKs it is over 4,000");
        assertTrue(executions.get() <= 2, "at most one execution an interval");
    }

    @Test
    @Tag("health:F7")
    void manyChecks_oneDown_keepsTheStatusOfFiveHundredAndThree() throws Exception {
        server.close();
        health.close();
        Health.Builder many = Health.builder("http");
        for (int i = 0; i < 1_000; i++) {
            many.readiness("check-number-" + i, deadline -> CheckResult.fail("x"), options -> options.critical());
        }
        health = many.build();
        server = HealthServer.start(health, ANY);

        HttpResponse<String> answer = get("/health");

        assertEquals(503, answer.statusCode());
        assertTrue(answer.body().length() > 32_768);
        assertTrue(answer.body().endsWith("]}"));
    }

    @Test
    @Tag("health:F9")
    @Tag("slow")
    void slowPeers_asManyAsTheyLike_areCutOff() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), server.address().getPort());
            socket.getOutputStream().write("GET /health/li".getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }

        long start = System.nanoTime();
        HttpResponse<String> answer = get("/health/live");
        Duration waited = Duration.ofNanos(System.nanoTime() - start);

        assertEquals(200, answer.statusCode());
        assertTrue(waited.compareTo(Duration.ofMillis(2_500)) < 0, () -> "three rounds took " + waited);
        for (Socket socket : slow) {
            socket.close();
        }
    }

    @Test
    void routes_always_areServedBesideTheProbes() throws Exception {
        server.close();
        server = HealthServer.builder(health)
                .bind(ANY)
                .route("/metrics", () -> "up 1\n".getBytes(StandardCharsets.UTF_8), "text/plain; version=0.0.4")
                .route("/empty", () -> new byte[0], "text/plain")
                .route(
                        "/broken",
                        () -> {
                            throw new IllegalStateException("canary");
                        },
                        "text/plain")
                .start();

        assertEquals("up 1\n", get("/metrics").body());
        assertEquals(
                "text/plain; version=0.0.4",
                get("/metrics").headers().firstValue("Content-Type").orElseThrow());
        assertEquals("", get("/empty").body());
        assertEquals(500, get("/broken").statusCode());
        assertEquals("", get("/broken").body());
        assertEquals(200, get("/health/live").statusCode());
    }

    @Test
    @Tag("health:F9")
    void route_thatBlocks_leavesTheOtherThreadToTheProbes() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        server.close();
        server = HealthServer.builder(health)
                .bind(ANY)
                .route(
                        "/metrics",
                        () -> {
                            entered.countDown();
                            try {
                                release.await();
                            } catch (InterruptedException cut) {
                                Thread.currentThread().interrupt();
                            }
                            return new byte[] {'x'};
                        },
                        "text/plain")
                .start();
        CompletableFuture<HttpResponse<String>> first =
                client.sendAsync(request("/metrics").build(), BodyHandlers.ofString());
        assertTrue(entered.await(10, TimeUnit.SECONDS));

        assertEquals(503, get("/metrics").statusCode());
        assertEquals(200, get("/health/live").statusCode());

        release.countDown();
        assertEquals("x", first.get(10, TimeUnit.SECONDS).body());
    }

    @Test
    @Tag("slow")
    void route_slowerThanAnyPeerMayBe_isNotInterrupted() throws Exception {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        CountDownLatch never = new CountDownLatch(1);
        server.close();
        server = HealthServer.builder(health)
                .bind(ANY)
                .route(
                        "/metrics",
                        () -> {
                            try {
                                interrupted.set(never.await(6, TimeUnit.SECONDS));
                            } catch (InterruptedException cut) {
                                interrupted.set(true);
                            }
                            return new byte[] {'x'};
                        },
                        "text/plain")
                .start();

        assertEquals("x", get("/metrics").body());

        assertEquals(false, interrupted.get());
    }

    @Test
    void route_freeAgainWithinTheWait_isServedAndNotRefused() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        server.close();
        server = HealthServer.builder(health)
                .bind(ANY)
                .route(
                        "/metrics",
                        () -> {
                            if (inside.getCount() > 0) {
                                inside.countDown();
                                Eventually.until(SOON, "the second waits", HealthServerTest::anotherWaitsForItsTurn);
                            }
                            return new byte[] {'x'};
                        },
                        "text/plain")
                .start();
        CompletableFuture<HttpResponse<String>> first =
                client.sendAsync(request("/metrics").build(), BodyHandlers.ofString());
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        CompletableFuture<HttpResponse<String>> next =
                client.sendAsync(request("/metrics").build(), BodyHandlers.ofString());

        assertEquals(200, first.get(10, TimeUnit.SECONDS).statusCode());
        assertEquals(200, next.get(10, TimeUnit.SECONDS).statusCode());
    }

    @Test
    void builder_takenOrWrongPaths_areAllRefused() {
        HealthServer.Builder builder = HealthServer.builder(health)
                .bind(ANY)
                .route("metrics", () -> new byte[0], "text/plain")
                .route("/health/ready", () -> new byte[0], "text/plain")
                .route("/a", () -> new byte[0], "text/plain")
                .route("/a", () -> new byte[0], "text/plain");

        assertEquals(
                3,
                assertThrows(HealthConfigurationException.class, builder::start)
                        .faults()
                        .size());
    }

    @Test
    void start_onATakenPort_isUnavailable() {
        InetSocketAddress taken = server.address();

        assertThrows(HealthUnavailableException.class, () -> HealthServer.start(health, taken));
    }

    @Test
    @Tag("health:F37")
    void close_always_endsItsThreads() {
        server.close();

        Eventually.until(
                SOON,
                "no thread left",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("hardening-health-http-http")));
    }

    @Test
    void close_byAnInterruptedThread_leavesItInterrupted() {
        Thread.currentThread().interrupt();

        server.close();

        assertTrue(Thread.interrupted());
    }

    /** An idle thread of the server waits without a time, one that waits for a turn has one. */
    private static boolean anotherWaitsForItsTurn() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread != Thread.currentThread()
                        && thread.getName().matches("hardening-health-http-http-\\d+")
                        && thread.getState() == Thread.State.TIMED_WAITING);
    }

    private String raw(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout((int) SOON.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}

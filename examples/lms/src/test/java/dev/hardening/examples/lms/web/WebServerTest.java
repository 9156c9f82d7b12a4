package dev.hardening.examples.lms.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.web.RawHttp.Reply;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebServerTest {
    private static final String END = "Host: x\r\nConnection: close\r\n\r\n";
    private static final AtomicInteger IDS = new AtomicInteger();

    private static WebServer server;

    @BeforeAll
    static void start() {
        server = WebServer.builder()
                .idleTimeout(Duration.ofSeconds(1))
                .stopTimeout(Duration.ofSeconds(2))
                .filter(WebServerTest::refuseSome)
                .start(dispatcher());
    }

    private static Dispatcher dispatcher() {
        Router router = Router.builder()
                .route("GET", "/hello", exchange -> Answer.json(200, json -> json.text("hello", "world")))
                .route(
                        "GET",
                        "/things/{id}",
                        exchange -> Answer.json(
                                200,
                                json -> json.text(
                                        "id",
                                        exchange.parameter("id")
                                                + exchange.query("q").orElse(""))))
                .route("POST", "/echo", exchange -> {
                    String text = exchange.json(fields -> fields.text("text"));
                    return Answer.json(200, json -> json.text("text", text));
                })
                .route("POST", "/ignore", exchange -> Answer.empty(204))
                .route("GET", "/fault", exchange -> {
                    throw new IllegalStateException("canary java.lang.Secret");
                })
                .route("GET", "/overflow", exchange -> {
                    throw new StackOverflowError("canary");
                })
                .route("GET", "/away", exchange -> {
                    throw new UnsupportedOperationException("canary");
                })
                .build();
        return new Dispatcher(
                router, request -> "id-" + IDS.incrementAndGet(), UnsupportedOperationException.class::isInstance);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void get_knownPath_answersHardened() {
        Reply reply = send("GET /hello HTTP/1.1\r\n" + END);

        assertEquals(200, reply.status());
        assertEquals("{\"hello\":\"world\"}", reply.text());
        assertEquals("application/json", reply.header("Content-Type"));
        assertEquals("17", reply.header("Content-Length"));
        assertTrue(reply.header("X-Request-Id").startsWith("id-"));
        assertEquals("", reply.header("Strict-Transport-Security"));
        Expect.hardened(reply);
    }

    @ParameterizedTest
    @CsvSource({"https,true,true", "HTTPS,true,true", "http,true,false", "https http,true,false", "https,false,false"})
    @Tag("ASVS-3.4.1")
    void hsts_behindAProxy_isSentForHttpsOfATrustedOneAlone(String proto, boolean trusted, boolean sent) {
        try (WebServer behind = WebServer.builder()
                .trustForwardedProto(peer -> trusted && peer.equals("127.0.0.1"))
                .start(new Dispatcher(Router.builder().build(), request -> "id", failure -> false))) {
            Reply reply = RawHttp.send(behind.port(), "GET / HTTP/1.1\r\nX-Forwarded-Proto: " + proto + "\r\n" + END)
                    .orElseThrow();

            assertEquals(sent, !reply.header("Strict-Transport-Security").isEmpty());
        }
    }

    @Test
    void head_knownPath_answersWithoutBody() {
        Reply reply = send("HEAD /hello HTTP/1.1\r\n" + END);

        assertEquals(200, reply.status());
        assertEquals("17", reply.header("Content-Length"));
        assertEquals("", reply.text());
        Expect.hardened(reply);
    }

    @Test
    void options_knownPath_namesTheMethods() {
        Reply reply = send("OPTIONS /hello HTTP/1.1\r\n" + END);

        assertEquals(204, reply.status());
        assertEquals("GET, HEAD, OPTIONS", reply.header("Allow"));
        Expect.hardened(reply);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "DELETE", "PATCH", "BREW", "POST"})
    @Tag("ASVS-4.1.4")
    void otherMethod_knownPath_is405WithAllow(String method) {
        Reply reply = send(method + " /hello HTTP/1.1\r\nX-Echo: canary\r\n" + END);

        Expect.problem(405, reply);
        assertEquals("GET, HEAD, OPTIONS", reply.header("Allow"));
        assertFalse(reply.text().contains("canary"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/nothing", "/hello/", "/Hello", "/hello;a=b", "/x/../hello", "/things/a.b"})
    void get_unknownPath_is404(String path) {
        Expect.problem(404, send("GET " + path + " HTTP/1.1\r\n" + END));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /%2e%2e/hello HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a%2fb HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET //hello HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /hello HTTP/1.1\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: x y\r\n\r\n",
                "GET /hello HTTP/3.7\r\nHost: x\r\n\r\n",
                "GET  /hello\r\n\r\n",
                "GARBAGE\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
                "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            })
    @Tag("ASVS-4.2.1")
    void malformedRequest_ofAnyKind_isAProblemWithAllHeaders(String request) {
        Reply reply = send(request);

        Expect.refusedOrUnsupported(reply);
    }

    @Test
    void header_over8KiB_is431() {
        Expect.problem(431, send("GET /hello HTTP/1.1\r\nX: " + "a".repeat(9000) + "\r\n" + END));
    }

    @Test
    void uri_over8KiB_is414Or431() {
        Reply reply = send("GET /" + "a".repeat(9000) + " HTTP/1.1\r\n" + END);

        assertTrue(reply.status() == 414 || reply.status() == 431);
        Expect.refused(reply);
    }

    @Test
    void body_echoed_roundTripsUtf8() {
        assertEquals(
                "{\"text\":\"ä😀\"}",
                post("/echo", "application/json", "{\"text\":\"ä😀\"}").text());
        assertEquals(
                200,
                post("/echo", "application/json; charset=UTF-8", "{\"text\":\"a\"}")
                        .status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/json; charset=iso-8859-1",
                "application/jsonx",
                "application/x-www-form-urlencoded",
                "application/json, text/html",
                "multipart/form-data; boundary=x",
                "application/problem+json"
            })
    void body_ofAnotherType_is415(String type) {
        Expect.problem(415, post("/echo", type, "{\"text\":\"a\"}"));
    }

    @Test
    void body_withoutType_is415() {
        Expect.problem(415, send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\n" + END + "{}"));
    }

    @Test
    void body_compressed_is415() {
        Expect.problem(
                415,
                send("POST /echo HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                        + "Content-Length: 2\r\n" + END + "{}"));
    }

    @Test
    void body_missing_is400() {
        Expect.problem(400, post("/echo", "application/json", ""));
    }

    @Test
    void body_onGet_isRefused() {
        Expect.problem(400, send("GET /hello HTTP/1.1\r\nContent-Length: 2\r\n" + END + "{}"));
        Expect.problem(413, send("GET /hello HTTP/1.1\r\nContent-Length: 2000000\r\n" + END + "a".repeat(2_000_000)));
    }

    @Test
    void body_ofNoLengthOnGet_isFine() {
        assertEquals(
                200, send("GET /hello HTTP/1.1\r\nContent-Length: 0\r\n" + END).status());
    }

    @ParameterizedTest
    @CsvSource({"1048576, 400", "1048577, 413", "10485760, 413"})
    void body_aroundTheLimit_isReadOrRefused(int size, int status) {
        Expect.problem(status, post("/echo", "application/json", "a".repeat(size)));
    }

    @ParameterizedTest
    @CsvSource({"1048576, 400", "1048577, 413", "10485760, 413"})
    void body_chunkedAroundTheLimit_isReadOrRefused(int size, int status) {
        Reply reply = RawHttp.send(server.port(), chunked("/echo", size)).orElseThrow();

        Expect.problem(status, reply);
    }

    @Test
    void body_leftUnreadByTheHandler_losesNoAnswer() {
        Reply reply = post("/ignore", "application/json", "a".repeat(10_000_000));

        assertEquals(204, reply.status());
    }

    @Test
    void body_leftUnreadByAFilter_losesNoAnswer() {
        Reply reply = send(head("POST /echo", "X-Refuse: yes", "Content-Length: 10000000") + "a".repeat(10_000_000));

        Expect.problem(403, reply);
    }

    @Test
    void body_heldBackUntilAskedFor_isRefusedAtOnce() {
        Reply reply = send(head(
                "POST /echo", "Expect: 100-continue", "Content-Type: application/json", "Content-Length: 99999999"));

        Expect.problem(413, reply);
        assertEquals("close", reply.header("Connection"));
    }

    @Test
    void body_withABrokenChunk_is400() {
        String head = head("POST /echo", "Content-Type: application/json", "Transfer-Encoding: chunked");

        Expect.problem(400, send(head + "zz\r\nabc\r\n0\r\n\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"/echo, 408", "/ignore, 204"})
    void body_notThereInTime_isGivenUpAndTheConnectionClosed(String path, int status) {
        try (WebServer impatient =
                WebServer.builder().bodyTimeout(Duration.ZERO).start(dispatcher())) {
            Reply reply = RawHttp.send(
                            impatient.port(),
                            "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 100\r\n\r\n{")
                    .orElseThrow();

            assertEquals(status, reply.status());
            assertEquals("close", reply.header("Connection"));
        }
    }

    @Test
    @Tag("slow")
    void body_thatNeverComes_endsWithTheIdleTimeout() {
        Reply reply = send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");

        Expect.refused(reply);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q=%zz", "q=%", "q=%4", "q=a&q=b", "q=%ff", "q=%c0%af"})
    void query_badlyCoded_is400(String query) {
        Expect.refused(send("GET /things/a?" + query + " HTTP/1.1\r\n" + END));
    }

    @ParameterizedTest
    @CsvSource({"q=b, ab", "q=%41, aA", "q=%c3%a4, aä", "q=+, 'a '", "x=1, a", "q, a", "'', a"})
    void query_wellCoded_isRead(String query, String id) {
        Reply reply = send("GET /things/a?" + query + " HTTP/1.1\r\n" + END);

        assertEquals("{\"id\":\"" + id + "\"}", reply.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/fault", "/overflow"})
    @Tag("ASVS-16.5.4")
    void fault_ofAHandler_is500AndTellsNothing(String path) {
        Reply reply = send("GET " + path + " HTTP/1.1\r\n" + END);

        Expect.problem(500, reply);
        assertFalse(reply.text().contains("canary"));
        assertTrue(reply.header("X-Request-Id").startsWith("id-"));
    }

    @Test
    @Tag("ASVS-16.5.2")
    void infrastructure_away_is503WithRetryAfter() {
        Reply reply = send("GET /away HTTP/1.1\r\n" + END);

        Expect.problem(503, reply);
        assertEquals("5", reply.header("Retry-After"));
    }

    @Test
    void connection_afterARefusal_servesTheNextRequest() {
        Reply first =
                send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" + END);

        assertEquals(415, first.status());
        assertTrue(first.text().contains("HTTP/1.1 200"), first.text());
    }

    /** Answers itself and at once, as a filter that knows no better does. */
    private static void refuseSome(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (((HttpServletRequest) request).getHeader("X-Refuse") == null) {
            chain.doFilter(request, response);
            return;
        }
        byte[] body = Problem.of(403).json();
        ((HttpServletResponse) response).setStatus(403);
        response.setContentType("application/problem+json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static Reply post(String path, String type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("POST " + path + " HTTP/1.1\r\nContent-Type: " + type + "\r\nContent-Length: "
                        + bytes.length + "\r\n" + END)
                .getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(bytes);
        return RawHttp.send(server.port(), request.toByteArray()).orElseThrow();
    }

    private static byte[] chunked(String path, int size) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(
                ("POST " + path + " HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n" + END)
                        .getBytes(StandardCharsets.ISO_8859_1));
        for (int left = size; left > 0; left -= 4096) {
            int length = Math.min(left, 4096);
            request.writeBytes((Integer.toHexString(length) + "\r\n" + "a".repeat(length) + "\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
        }
        request.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return request.toByteArray();
    }

    private static String head(String line, String... headers) {
        return line + " HTTP/1.1\r\nHost: x\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static Reply send(String request) {
        return RawHttp.send(server.port(), request).orElseThrow();
    }
}

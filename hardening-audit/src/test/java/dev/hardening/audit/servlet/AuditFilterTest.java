package dev.hardening.audit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.UnavailableException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("audit:R24")
@Tag("ASVS-16.3.3")
class AuditFilterTest {
    @TempDir
    Path temp;

    private AuditLog log;
    private Site site;

    @BeforeEach
    void openLog() {
        Path directory = temp.resolve("audit");
        log = AuditLog.file(directory).origin("lms/test").open();
        site = Site.at(directory).filter(AuditFilter.builder(log).build());
    }

    @AfterEach
    void close() throws Exception {
        site.close();
        log.close();
    }

    @Test
    void sync_answer_isRecordedOnceWithItsStatus() throws Exception {
        site.serve("/made", (request, response) -> response.setStatus(201)).start();

        site.get("/made");

        StoredEvent event = only();
        assertEquals(201, status(event));
        assertEquals("GET /made", event.text("act").orElseThrow());
        assertEquals("SUCCESS", event.text("out").orElseThrow());
        assertEquals("ANONYMOUS", event.text("actor.kind").orElseThrow());
        assertEquals("127.0.0.1", event.text("src.ip").orElseThrow());
    }

    @Test
    void sync_answer_isOnTheDiskBeforeItArrives() throws Exception {
        site.serve("/made", (request, response) -> response.setStatus(201)).start();

        site.get("/made");

        assertEquals(2, log.status().size());
    }

    @Test
    void path_withQueryAndParameters_isStoredWithoutThem() throws Exception {
        site.serve("/*", (request, response) -> response.setStatus(200)).start();

        site.get(
                "/a;jsessionid=canary/b%20c;x=canary?token=canary",
                "Referer", "http://x/?canary", "Cookie", "canary=1");

        StoredEvent event = only();
        assertEquals("/a/b%20c", event.text("data.path").orElseThrow());
        assertFalse(event.toString().contains("canary"), event::toString);
    }

    @Test
    void sendError_withoutAPage_isRecordedOnce() throws Exception {
        site.serve("/gone", (request, response) -> response.sendError(410)).start();

        assertEquals(410, site.get("/gone").statusCode());

        assertEquals(410, status(only()));
    }

    @Test
    void sendError_withAPageOfTheSite_isRecordedOnce() throws Exception {
        site.serve("/gone", (request, response) -> response.sendError(410))
                .serve("/error", (request, response) -> response.getWriter().write("page"))
                .errorPage("/error")
                .start();

        Site.Answer answer = site.get("/gone");

        assertEquals("page", answer.body());
        assertEquals(answer.statusCode(), status(only()));
    }

    @Test
    void exception_beforeCommit_isRecordedOnceAs500() throws Exception {
        site.serve("/broken", (request, response) -> {
                    throw new IllegalStateException("canary");
                })
                .errorPage("/error")
                .serve("/error", (request, response) -> response.getWriter().write("page"))
                .start();

        assertEquals(500, site.get("/broken").statusCode());

        StoredEvent event = only();
        assertEquals(500, status(event));
        assertEquals("ERROR", event.text("out").orElseThrow());
        assertEquals("IllegalStateException", event.text("why").orElseThrow());
        assertFalse(event.toString().contains("canary"));
    }

    @Test
    void exception_afterCommit_isRecordedOnceWithTheStatusThatLeft() throws Exception {
        site.serve("/half", (request, response) -> {
                    response.getOutputStream().write(1);
                    response.flushBuffer();
                    throw new IOException("half");
                })
                .start();

        assertEquals(200, site.get("/half").statusCode());

        StoredEvent event = only();
        assertEquals(200, status(event));
        assertEquals("IOException", event.text("why").orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({"0, 404", "1, 503"})
    void unavailable_servlet_isRecordedWithTheServersStatus(int seconds, int status) throws Exception {
        site.serve("/away", (request, response) -> {
                    throw seconds == 0 ? new UnavailableException("away") : new UnavailableException("away", seconds);
                })
                .start();

        assertEquals(status, site.get("/away").statusCode());

        assertEquals(status, status(only()));
    }

    @Test
    void forwardAndInclude_areRecordedOnce() throws Exception {
        site.serve("/from", (request, response) -> {
                    request.getRequestDispatcher("/part").include(request, response);
                    request.getRequestDispatcher("/to").forward(request, response);
                })
                .serve("/part", (request, response) -> {})
                .serve("/to", (request, response) -> response.setStatus(202))
                .start();

        assertEquals(202, site.get("/from").statusCode());

        StoredEvent event = only();
        assertEquals(202, status(event));
        assertEquals("/from", event.text("data.path").orElseThrow());
    }

    @Test
    void async_complete_isRecordedOnceWithTheFinalStatus() throws Exception {
        site.serve("/async", (request, response) -> {
                    AsyncContext context = request.startAsync();
                    context.start(() -> {
                        response.setStatus(202);
                        context.complete();
                    });
                })
                .start();

        assertEquals(202, site.get("/async").statusCode());

        assertEquals(202, status(only()));
    }

    @Test
    void async_completeBeforeTheFirstDispatchReturns_isRecordedOnce() throws Exception {
        site.serve("/async", (request, response) -> {
                    AsyncContext context = request.startAsync();
                    response.setStatus(202);
                    context.complete();
                })
                .start();

        assertEquals(202, site.get("/async").statusCode());

        assertEquals(202, status(only()));
    }

    @Test
    void async_dispatch_isRecordedOnceWithTheStatusOfTheLastRound() throws Exception {
        site.serve("/async", (request, response) -> {
                    AsyncContext context = request.startAsync(request, response);
                    context.dispatch("/again");
                })
                .serve("/again", (request, response) -> {
                    AsyncContext context = request.startAsync();
                    context.dispatch("/last");
                })
                .serve("/last", (request, response) -> response.setStatus(203))
                .start();

        assertEquals(203, site.get("/async").statusCode());

        StoredEvent event = only();
        assertEquals(203, status(event));
        assertEquals("GET /async", event.text("act").orElseThrow());
    }

    @Test
    void async_timeout_isRecordedOnceWithTheServersStatus() throws Exception {
        site.serve("/slow", (request, response) -> request.startAsync().setTimeout(50))
                .start();

        int answered = site.get("/slow").statusCode();

        StoredEvent event = only();
        assertEquals(answered, status(event));
        assertEquals("timeout", event.text("why").orElseThrow());
    }

    @Test
    void async_error_isRecordedOnceWithTheServersStatus() throws Exception {
        site.serve("/async", (request, response) -> request.startAsync().dispatch("/broken"))
                .serve("/broken", (request, response) -> {
                    throw new IllegalStateException("canary");
                })
                .start();

        int answered = site.get("/async").statusCode();

        StoredEvent event = only();
        assertEquals(500, answered);
        assertEquals(answered, status(event));
        assertEquals("ERROR", event.text("out").orElseThrow());
    }

    @Test
    void async_exceptionInTheDispatchThatStartedIt_isRecordedOnce() throws Exception {
        site.serve("/async", (request, response) -> {
                    request.startAsync();
                    throw new IllegalStateException("canary");
                })
                .start();

        int answered = site.get("/async").statusCode();

        assertEquals(answered, status(only()));
    }

    @Test
    void clientAbort_isRecordedOnce() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        site.serve("/long", (request, response) -> {
                    gone.await();
                    byte[] block = new byte[1 << 16];
                    for (int i = 0; i < 1000; i++) {
                        response.getOutputStream().write(block);
                    }
                })
                .start();

        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            socket.setSoLinger(true, 0);
        }
        gone.countDown();

        assertEquals("/long", only().text("data.path").orElseThrow());
    }

    @Test
    void manyRequests_eachIsRecordedOnce() throws Exception {
        site.serve("/ok", (request, response) -> response.setStatus(200))
                .serve("/async", (request, response) -> request.startAsync().complete())
                .start();

        for (int i = 0; i < 50; i++) {
            site.get(i % 2 == 0 ? "/ok" : "/async");
        }

        assertEquals(50, site.requests(log, 50).size());
    }

    @Test
    void requestId_isEchoedStoredAndReadableInside() throws Exception {
        CompletableFuture<Optional<String>> inside = new CompletableFuture<>();
        site.serve("/id", (request, response) -> inside.complete(AuditFilter.requestId(request)))
                .start();

        String echoed = site.get(
                        "/id",
                        "X-Request-Id",
                        "chosen-by-the-caller",
                        "traceparent",
                        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .header("X-Request-Id");

        StoredEvent event = only();
        assertTrue(echoed.matches("[0-9a-f]{32}"), echoed);
        assertEquals(echoed, event.text("trace.req").orElseThrow());
        assertEquals(Optional.of(echoed), inside.join());
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", event.text("trace.id").orElseThrow());
    }

    @Test
    void hostFunctions_seeWhatLaterFiltersFound() throws Exception {
        site.close();
        site = Site.at(temp.resolve("audit"))
                .filter(AuditFilter.builder(log)
                        .actor(request -> Actor.user(attribute(request, "user").orElseThrow()))
                        .onBehalfOf(request -> attribute(request, "obo").map(Actor::user))
                        .tenant(request -> attribute(request, "tenant"))
                        .route(request -> attribute(request, "route"))
                        .clientAddress(request -> Optional.of("203.0.113.9"))
                        .random(new SecureRandom())
                        .ticker(FakeTicker.create().advance(Duration.ofSeconds(1)))
                        .build())
                .serve("/courses/*", (request, response) -> {
                    request.setAttribute("user", "u1");
                    request.setAttribute("obo", "u2");
                    request.setAttribute("tenant", "main");
                    request.setAttribute("route", "/courses/{id}");
                })
                .start();

        site.get("/courses/7", "User-Agent", "test\tagent");

        StoredEvent event = only();
        assertEquals("u1", event.text("actor.id").orElseThrow());
        assertEquals("u2", event.text("obo.id").orElseThrow());
        assertEquals("main", event.text("tenant").orElseThrow());
        assertEquals("GET /courses/{id}", event.text("act").orElseThrow());
        assertEquals("203.0.113.9", event.text("src.client").orElseThrow());
        assertEquals(0, event.number("data.duration_us").orElseThrow());
    }

    @Test
    void hostFunction_throws_theEventIsRecordedAllTheSame() throws Exception {
        site.close();
        site = Site.at(temp.resolve("audit"))
                .filter(AuditFilter.builder(log)
                        .actor(request -> {
                            throw new IllegalStateException("host");
                        })
                        .build())
                .serve("/x", (request, response) -> response.setStatus(204))
                .start();

        site.get("/x");

        StoredEvent event = only();
        assertEquals(204, status(event));
        assertEquals("ANONYMOUS", event.text("actor.kind").orElseThrow());
    }

    @Test
    @Tag("ASVS-16.5.3")
    void log_cannotWrite_requestsAreAnswered503BeforeTheyDoAnything() throws Exception {
        CompletableFuture<String> reached = new CompletableFuture<>();
        site.serve("/x", (request, response) -> reached.complete("yes")).start();
        log.close();

        Site.Answer answer = site.get("/x");

        assertEquals(503, answer.statusCode());
        assertEquals("application/problem+json", answer.header("Content-Type"));
        assertFalse(reached.isDone());
    }

    @Test
    @Tag("ASVS-16.5.3")
    void log_breaksDuringTheRequest_theAnswerIsHeldBack() throws Exception {
        site.serve("/x", (request, response) -> {
                    response.getWriter().write("done");
                    log.close();
                })
                .start();

        Site.Answer answer = site.get("/x");

        assertEquals(503, answer.statusCode());
        assertFalse(answer.body().contains("done"));
    }

    @Test
    @Tag("ASVS-16.5.3")
    void log_breaksDuringTheRequest_outerHeadersStayAndTheHandlersGo() throws Exception {
        siteBehindAHeaderFilter()
                .serve("/x", (request, response) -> {
                    response.addHeader("Set-Cookie", "session=canary");
                    response.setHeader("ETag", "canary");
                    response.setHeader("X-Frame-Options", "canary");
                    response.setContentLength(400);
                    response.getWriter().write("done");
                    log.close();
                })
                .start();

        Site.Answer answer = site.get("/x");

        assertEquals(503, answer.statusCode());
        assertEquals("DENY", answer.header("X-Frame-Options"));
        assertEquals(32, answer.header("X-Request-Id").length());
        assertFalse(answer.text().contains("canary"), answer.text());
        assertTrue(answer.body().endsWith("503}"), answer.text());
        assertEquals(
                1,
                answer.text().lines().filter(line -> line.startsWith("Server:")).count());
    }

    @Test
    @Tag("ASVS-16.5.3")
    void log_cannotWrite_theRefusalHasAnIdentifierAndOuterHeaders() throws Exception {
        siteBehindAHeaderFilter().serve("/x", (request, response) -> {}).start();
        log.close();

        Site.Answer answer = site.get("/x");

        assertEquals(503, answer.statusCode());
        assertEquals("DENY", answer.header("X-Frame-Options"));
        assertEquals(32, answer.header("X-Request-Id").length());
    }

    private Site siteBehindAHeaderFilter() throws Exception {
        site.close();
        site = Site.at(temp.resolve("audit"))
                .filter((request, response, chain) -> {
                    ((HttpServletResponse) response).setHeader("X-Frame-Options", "DENY");
                    chain.doFilter(request, response);
                })
                .filter(AuditFilter.builder(log).build());
        return site;
    }

    @Test
    void log_cannotWriteAndTheHostAllowsIt_requestsGoThrough() throws Exception {
        site.close();
        site = Site.at(temp.resolve("audit"))
                .filter(AuditFilter.builder(log).allowUnaudited().build())
                .serve("/x", (request, response) -> response.setStatus(204))
                .start();
        log.close();

        assertEquals(204, site.get("/x").statusCode());
    }

    private StoredEvent only() {
        List<StoredEvent> events = site.requests(log, 1);
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    private static long status(StoredEvent event) {
        return event.number("data.status").orElseThrow();
    }

    private static Optional<String> attribute(HttpServletRequest request, String name) {
        return Optional.ofNullable((String) request.getAttribute(name));
    }
}

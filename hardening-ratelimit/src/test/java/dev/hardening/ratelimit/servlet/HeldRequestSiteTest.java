package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.StructuredFields;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a request holds, on a real server: as long as it runs, whichever way it ends, and given back once. */
class HeldRequestSiteTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final FakeTicker ticker = FakeTicker.create();
    private final ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
            .ticker(ticker)
            .limit(PermitLimit.of("user", Keys.user(), 2))
            .build();
    private final LoadShedder shedder = LoadShedder.builder(5).ticker(ticker).build();
    private final RateLimiter limiter = RateLimiter.builder()
            .ticker(ticker)
            .policy(Policy.named("p")
                    .key(Keys.user())
                    .limit(Limit.of("hour", 1_000, Duration.ofHours(1)))
                    .build())
            .build();
    private final Site site = new Site(RateLimitFilter.builder(limiter)
            .shedder(shedder)
            .priority(HeldRequestSiteTest::priority)
            .concurrency(permits)
            .headers(RateLimitHeaders.builder().exposeToScripts().build())
            .facts(request -> RequestFacts.builder()
                    .userId(Optional.ofNullable(request.getHeader("User")).orElse("u"))
                    .build())
            .build());
    private final SynchronousQueue<AsyncContext> contexts = new SynchronousQueue<>();
    private final ExecutorService worker = Executors.newCachedThreadPool();

    private static Priority priority(HttpServletRequest request) {
        return request.getRequestURI().startsWith("/exam") ? Priority.CRITICAL : Priority.LOW;
    }

    @AfterEach
    void stop() throws Exception {
        worker.shutdownNow();
        site.close();
    }

    private long held() {
        return permits.inFlight("user").orElseThrow();
    }

    private int seated() {
        return shedder.inFlight(Priority.LOW) + shedder.inFlight(Priority.CRITICAL);
    }

    private void assertFree() {
        Eventually.until(SOON, "everything given back", () -> held() == 0 && seated() == 0);
        assertEquals(0, permits.trackedKeys("user").orElseThrow());
        assertEquals(0, permits.expired("user").orElseThrow());
        assertEquals(0, shedder.expired());
    }

    private long counted() {
        long remaining = limiter.check(RequestFacts.builder().userId("u").build())
                .statuses()
                .get(0)
                .remaining();
        return 1_000 - remaining - 1;
    }

    private AsyncContext started(HttpServletRequest request, long millis) {
        AsyncContext context = request.startAsync();
        context.setTimeout(millis);
        return context;
    }

    @Test
    void synchronous_whileTheHandlerRuns_isHeldAndThenFree() {
        site.servlet("/work", (request, response) -> response.getWriter().print(held() + " " + seated()))
                .start();

        Site.Answer answer = site.get("/work");

        assertEquals("1 1", answer.body());
        assertEquals("\"p.hour\";r=999;t=4", answer.header("RateLimit"));
        assertFree();
    }

    @Test
    @Tag("ratelimit:A15")
    void synchronous_anythingThrown_isFree() {
        site.servlet("/exception", (request, response) -> {
                    throw new IllegalStateException("exception");
                })
                .servlet("/error-thrown", (request, response) -> {
                    throw new NoClassDefFoundError("error");
                })
                .servlet("/sent", (request, response) -> response.sendError(500))
                .start();

        assertEquals(500, site.get("/exception").status());
        assertEquals(500, site.get("/error-thrown").status());
        assertEquals("sorry", site.get("/sent").body());

        assertFree();
        assertEquals(3, counted(), "the error page is not a second request");
    }

    @Test
    @Tag("ratelimit:H1")
    void forwardsAndIncludes_ofOneRequest_areHeldAndCountedOnce() {
        site.servlet(
                        "/forward",
                        (request, response) ->
                                request.getRequestDispatcher("/include").forward(request, response))
                .servlet("/include", (request, response) -> {
                    response.getWriter().print(request.getDispatcherType() + " " + held() + ", ");
                    request.getRequestDispatcher("/part").include(request, response);
                    request.getRequestDispatcher("/part").include(request, response);
                })
                .servlet(
                        "/part",
                        (request, response) ->
                                response.getWriter().print(request.getDispatcherType() + " " + held() + ", "))
                .start();

        Site.Answer answer = site.get("/forward");

        assertEquals("FORWARD 1, INCLUDE 1, INCLUDE 1, ", answer.body());
        assertEquals("\"p.hour\";r=999;t=4", answer.header("RateLimit"));
        assertFree();
        assertEquals(1, counted());
    }

    @Test
    @Tag("ratelimit:H2")
    void asynchronous_untilComplete_isHeld() throws Exception {
        site.servlet("/async", (request, response) -> worker.execute(offer(started(request, 0))))
                .start();

        CompletableFuture<Site.Answer> answer = site.ask("GET", "/async");
        AsyncContext context = contexts.poll(10, TimeUnit.SECONDS);
        assertEquals(1, held());
        context.complete();

        assertEquals(200, answer.join().status());
        assertFree();
        assertEquals(1, counted());
    }

    private Runnable offer(AsyncContext context) {
        return () -> {
            try {
                contexts.put(context);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        };
    }

    @Test
    @Tag("ratelimit:H2")
    void asynchronous_timedOut_isFree() {
        site.servlet("/slow", (request, response) -> started(request, 50)).start();

        assertEquals(500, site.get("/slow").status());

        assertFree();
        assertEquals(1, counted());
    }

    @Test
    @Tag("ratelimit:H2")
    void asynchronous_timedOutAndDispatched_isHeldUntilThatIsOver() {
        site.servlet("/slow", (request, response) -> started(request, 50).addListener(new DispatchOnTimeout("/late")))
                .servlet("/late", (request, response) -> response.getWriter().print("late " + held()))
                .start();

        assertEquals("late 1", site.get("/slow").body());
        assertFree();
    }

    @Test
    @Tag("ratelimit:H2")
    void asynchronous_thrownAfterTheStart_isFree() {
        site.servlet("/throws", (request, response) -> {
                    started(request, 0);
                    throw new NoClassDefFoundError("error");
                })
                .start();

        assertEquals(500, site.get("/throws").status());
        assertFree();
    }

    @Test
    @Tag("ratelimit:H1")
    @Tag("ratelimit:H2")
    void asynchronous_dispatchedBeforeTheHandlerReturns_isHeldInTheDispatch() {
        site.servlet("/now", (request, response) -> {
                    if (request.getDispatcherType() == DispatcherType.ASYNC) {
                        response.getWriter().print("again " + held());
                    } else {
                        started(request, 0).dispatch();
                    }
                })
                .start();

        assertEquals("again 1", site.get("/now").body());
        assertFree();
        assertEquals(1, counted());
    }

    @Test
    @Tag("ratelimit:H2")
    void asynchronous_startedAnewInEachDispatch_isHeldToTheEnd() {
        site.servlet("/rounds", (request, response) -> {
                    int round = request.getAttribute("round") instanceof Integer last ? last + 1 : 0;
                    request.setAttribute("round", round);
                    response.getWriter().print(held());
                    if (round < 5) {
                        AsyncContext context = started(request, 0);
                        worker.execute(context::dispatch);
                    }
                })
                .start();

        assertEquals("111111", site.get("/rounds").body());
        assertFree();
        assertEquals(1, counted());
    }

    @Test
    @Tag("ratelimit:H2")
    @Tag("ratelimit:A14")
    void asynchronous_completedWhileTheHandlerReturns_isFreeEachTime() {
        site.servlet("/race", (request, response) -> {
                    AsyncContext context = started(request, 0);
                    worker.execute(context::complete);
                })
                .servlet("/timeout-race", (request, response) -> {
                    AsyncContext context = started(request, 1);
                    worker.execute(() -> {
                        try {
                            context.complete();
                        } catch (IllegalStateException over) {
                            // The timeout came first.
                        }
                    });
                })
                .start();

        for (int round = 0; round < 150; round++) {
            site.get("/race");
            site.get("/timeout-race");
        }

        assertFree();
        assertEquals(300, counted());
    }

    @Test
    @Tag("ratelimit:A13")
    void asynchronous_neverEndedByAClientThatLeft_isTakenBackAfterTheLongestHold() throws Exception {
        CountDownLatch entered = new CountDownLatch(2);
        site.servlet("/never", (request, response) -> {
                    started(request, 0);
                    entered.countDown();
                })
                .servlet("/quick", (request, response) -> response.getWriter().print("ok"))
                .start();
        site.askAndLeave("/never");
        site.askAndLeave("/never");
        assertTrue(entered.await(10, TimeUnit.SECONDS));
        Eventually.until(SOON, "both held", () -> held() == 2);
        assertEquals(429, site.get("/quick").status());

        ticker.advance(Duration.ofMinutes(2));

        assertEquals("ok", site.get("/quick").body());
        assertEquals(2, permits.expired("user").orElseThrow());
    }

    @Test
    void full_byKey_answers429AndLeavesTheOthersAlone() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        site.servlet("/wait", (request, response) -> end.await(10, TimeUnit.SECONDS))
                .servlet("/quick", (request, response) -> response.getWriter().print("ok"))
                .start();
        CompletableFuture<Site.Answer> first = site.ask("GET", "/wait");
        CompletableFuture<Site.Answer> second = site.ask("GET", "/wait");
        Eventually.until(SOON, "both held", () -> held() == 2);

        Site.Answer refused = site.get("/quick");
        Site.Answer other = site.ask("GET", "/quick", "User", "v").join();
        end.countDown();
        first.join();
        second.join();

        assertEquals(429, refused.status());
        assertEquals("application/problem+json", refused.header("Content-Type"));
        assertEquals("1", refused.header("Retry-After"));
        assertEquals("no-store", refused.header("Cache-Control"));
        StructuredFields.Item policy =
                StructuredFields.list(refused.header("RateLimit-Policy")).get(0);
        assertEquals("concurrent-requests", policy.parameters().get("qu"));
        assertEquals(2, policy.integer("q"));
        assertTrue(refused.body().contains("\"violated-policies\":[\"user\"]"));
        assertEquals(200, other.status());
        assertFree();
    }

    @Test
    void full_asAWhole_answers503ToTheUnimportantFirst() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        site.servlet("/wait", (request, response) -> end.await(10, TimeUnit.SECONDS))
                .servlet("/exam", (request, response) -> response.getWriter().print("handed in"))
                .start();
        List<CompletableFuture<Site.Answer>> waiting = Stream.of("a", "b", "c")
                .map(user -> site.ask("GET", "/wait", "User", user))
                .toList();
        Eventually.until(SOON, "three seated", () -> seated() == 3);

        Site.Answer shed = site.ask("GET", "/wait", "User", "d").join();
        Site.Answer exam = site.ask("GET", "/exam", "User", "d").join();
        end.countDown();
        waiting.forEach(CompletableFuture::join);

        assertEquals(503, shed.status());
        assertTrue(shed.body().contains("#temporary-reduced-capacity"));
        assertFalse(shed.body().contains("violated"));
        long wait = Long.parseLong(shed.header("Retry-After"));
        assertTrue(wait >= 2 && wait <= 4, "Retry-After: " + wait);
        assertEquals("handed in", exam.body());
        assertFree();
    }

    @Test
    @Tag("ratelimit:H6")
    void head_refused_hasTheFieldsAndNoBody() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        site.servlet("/wait", (request, response) -> end.await(10, TimeUnit.SECONDS))
                .start();
        CompletableFuture<Site.Answer> first = site.ask("GET", "/wait");
        CompletableFuture<Site.Answer> second = site.ask("GET", "/wait");
        Eventually.until(SOON, "both held", () -> held() == 2);

        Site.Answer refused = site.ask("HEAD", "/wait").join();
        end.countDown();
        first.join();
        second.join();

        assertEquals(429, refused.status());
        assertEquals("", refused.body());
        assertEquals("1", refused.header("Retry-After"));
        assertEquals("RateLimit, RateLimit-Policy, Retry-After", refused.header("Access-Control-Expose-Headers"));
        assertFree();
    }

    private record DispatchOnTimeout(String path) implements AsyncListener {
        @Override
        public void onTimeout(AsyncEvent event) {
            event.getAsyncContext().dispatch(path);
        }

        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}

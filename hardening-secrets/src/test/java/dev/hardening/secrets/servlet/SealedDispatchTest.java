package dev.hardening.secrets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jose.BodyCipher;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.jose.Opening;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.servlet.Site.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request over all the ways a container sends it on, with one filter and with two, on a real server. */
@Tag("secrets:E7")
class SealedDispatchTest {
    private static final byte[] NOTHING = {};
    private static final String JOSE = "application/jose";

    /** Milliseconds; the server forgets the request if they are over before its thread has let go of it. */
    private static final long TIMEOUT = 200;

    private final KeyRing ring = ring();
    private final SealedBodyFilter filter =
            SealedBodyFilter.builder(cipher(Role.SERVER, "lms/api")).build();
    private final SealedBodyFilter strict = SealedBodyFilter.builder(cipher(Role.SERVER, "lms/strict"))
            .requireSealed()
            .build();
    private final BodyCipher client = cipher(Role.CLIENT, "lms/api");
    private final BodyCipher strictClient = cipher(Role.CLIENT, "lms/strict");
    private final Site site = Site.empty();

    private static KeyRing ring() {
        return KeyRing.builder()
                .name("bodies")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    private BodyCipher cipher(Role role, String context) {
        return BodyCipher.builder().role(role).context(context).sharedKeys(ring).build();
    }

    @AfterEach
    void stop() throws Exception {
        site.close();
    }

    private byte[] sealed(String body) {
        return client.seal(body.getBytes(StandardCharsets.UTF_8), "text/plain").getBytes(StandardCharsets.US_ASCII);
    }

    private static String opened(BodyCipher by, String token) {
        return new String(assertInstanceOf(Opening.Opened.class, by.open(token)).content(), StandardCharsets.UTF_8);
    }

    private static String opened(BodyCipher by, Answer answer) {
        assertEquals(JOSE, answer.header("Content-Type").orElseThrow(), answer.raw());
        return opened(by, answer.body());
    }

    @Test
    void forward_always_isOpenedAndSealedOnce() throws Exception {
        site.filter("/*", filter)
                .servlet("/from", (request, response) -> {
                    response.getOutputStream().write('-');
                    request.getRequestDispatcher("/to").forward(request, response);
                })
                .servlet(
                        "/to",
                        (request, response) ->
                                response.getWriter().write(request.getReader().readLine()))
                .start();

        assertEquals(
                "body", opened(client, site.ask("POST /from", sealed("body"), "Content-Type", JOSE, "Accept", JOSE)));
    }

    @Test
    void include_always_isPartOfTheOneSealedAnswer() throws Exception {
        site.filter("/*", filter)
                .servlet("/page", (request, response) -> {
                    response.getWriter().write("<");
                    request.getRequestDispatcher("/part").include(request, response);
                    response.getWriter().write(">");
                })
                .servlet("/part", (request, response) -> response.getWriter().write("part"))
                .start();

        assertEquals("<part>", opened(client, site.ask("GET /page", NOTHING, "Accept", JOSE)));
        assertEquals("<part>", site.ask("GET /page", NOTHING).body());
    }

    @Test
    void include_intoAPageOutsideTheFilter_isBareUnlessSealingIsRequired() throws Exception {
        site.filter("/part", filter)
                .filter("/strict", strict)
                .servlet("/page", (request, response) -> {
                    response.getWriter().write("<");
                    request.getRequestDispatcher(request.getParameter("of")).include(request, response);
                })
                .servlet("/part", (request, response) -> response.getWriter().write("part"))
                .servlet("/strict", (request, response) -> response.getWriter().write("secret"))
                .start();

        assertEquals(
                "<part", site.ask("GET /page?of=/part", NOTHING, "Accept", JOSE).body());
        Answer refused = site.ask("GET /page?of=/strict", NOTHING, "Accept", JOSE);
        assertEquals(500, refused.status());
        assertFalse(refused.raw().contains("secret"));
    }

    @Test
    void forward_intoTheFilterFromOutside_isSealedEachTime() throws Exception {
        site.filter("/strict", strict)
                .servlet("/from", (request, response) -> {
                    request.getRequestDispatcher("/strict").forward(request, response);
                })
                .servlet("/strict", (request, response) -> response.getWriter().write("secret"))
                .start();

        assertEquals("secret", opened(strictClient, site.ask("GET /from", NOTHING)));
    }

    @Test
    void forward_withTheAnswerUnwrapped_isSealedAllTheSame() throws Exception {
        site.filter("/*", strict)
                .servlet(
                        "/from",
                        (request, response) -> request.getRequestDispatcher("/to")
                                .forward(request, ((ServletResponseWrapper) response).getResponse()))
                .servlet("/to", (request, response) -> response.getWriter().write("secret"))
                .start();

        assertEquals("secret", opened(strictClient, site.ask("GET /from", NOTHING)));
    }

    @Test
    void errorDispatch_always_isTheBareErrorPage() throws Exception {
        AtomicReference<DispatcherType> dispatch = new AtomicReference<>();
        site.filter("/*", filter)
                .errorPage(409, "/page")
                .servlet("/conflict", (request, response) -> {
                    response.getWriter().write("half");
                    response.sendError(409);
                })
                .servlet("/page", (request, response) -> {
                    dispatch.set(request.getDispatcherType());
                    response.setContentType("text/plain");
                    response.getWriter().write("conflict");
                })
                .start();

        Answer answer = site.ask("POST /conflict", sealed("body"), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals(409, answer.status());
        assertEquals("conflict", answer.body());
        assertEquals(DispatcherType.ERROR, dispatch.get());
    }

    /** The mark of a filter that lets bare bodies pass must not open the door of one that does not. */
    @Test
    void strictFilterBehindAnother_decidesForItself() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        site.filter("/*", filter)
                .filter("/strict", strict)
                .servlet("/strict", (request, response) -> {
                    handled.incrementAndGet();
                    response.getWriter().write("secret");
                })
                .start();
        byte[] bare = "bare".getBytes(StandardCharsets.UTF_8);

        assertEquals(
                415,
                site.ask("POST /strict", bare, "Content-Type", "text/plain").status());
        Answer ofTheOther = site.ask("POST /strict", sealed("x"), "Content-Type", JOSE);
        assertEquals(415, ofTheOther.status());
        assertEquals(0, handled.get());
        assertEquals("secret", opened(strictClient, site.ask("GET /strict", NOTHING)));
    }

    @Test
    void twoFilters_thatBothSeal_sealTwice() throws Exception {
        site.filter("/*", filter)
                .filter("/*", strict)
                .servlet("/*", (request, response) -> response.getWriter().write("secret"))
                .start();

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals("secret", opened(strictClient, opened(client, answer)));
    }

    @Test
    void twoFilters_dispatchedAgain_knowTheirOwnRequest() throws Exception {
        site.filter("/*", filter)
                .filter("/*", strict)
                .servlet("/*", (request, response) -> {
                    if (request.getDispatcherType() == DispatcherType.ASYNC) {
                        response.getWriter().write("again");
                    } else {
                        request.startAsync().dispatch();
                    }
                })
                .start();

        assertEquals("again", opened(strictClient, opened(client, site.ask("GET /", NOTHING, "Accept", JOSE))));
        assertEquals("again", opened(strictClient, site.ask("GET /", NOTHING)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void timeout_answeredByAListener_isSealed(boolean withRequest) throws Exception {
        site.filter("/*", filter)
                .servlet("/*", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(TIMEOUT);
                    AsyncListener late = new Late();
                    if (withRequest) {
                        async.addListener(late, request, response);
                    } else {
                        async.addListener(late);
                    }
                })
                .start();

        assertEquals("too late", opened(client, site.ask("GET /", NOTHING, "Accept", JOSE)));
    }

    @Test
    void timeout_thatNobodyAnswers_isAnErrorWithoutWhatWasWritten() throws Exception {
        site.filter("/*", filter)
                .servlet("/*", (request, response) -> {
                    response.getWriter().write("half an answer");
                    request.startAsync().setTimeout(TIMEOUT);
                })
                .start();

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals(500, answer.status());
        assertFalse(answer.raw().contains("half"));
    }

    @Test
    void requestStartedAgain_tellsListenersOfAContextThatSeals() throws Exception {
        AtomicBoolean again = new AtomicBoolean();
        site.filter("/*", filter)
                .servlet("/*", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    if (request.getDispatcherType() == DispatcherType.ASYNC) {
                        again.set(true);
                        async.setTimeout(TIMEOUT);
                    } else {
                        async.addListener(new Late());
                        async.dispatch();
                    }
                })
                .start();

        assertEquals("too late", opened(client, site.ask("GET /", NOTHING, "Accept", JOSE)));
        assertTrue(again.get());
    }

    /** Without an end the caller would wait for the container to give up, and then get an empty answer. */
    @Test
    @Tag("secrets:R3")
    void sealingThatBreaks_endsAnAsynchronousRequestWithAProblem() throws Exception {
        AtomicBoolean broken = new AtomicBoolean();
        KeyRing breaking = KeyRing.builder()
                .name("breaking")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .ticker(() -> {
                    if (broken.get()) {
                        throw new IllegalStateException("canary");
                    }
                    return 0;
                })
                .build();
        BodyCipher cipher = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .sharedKeys(breaking)
                .build();
        broken.set(true);
        site.filter("/*", SealedBodyFilter.builder(cipher).build())
                .servlet("/*", (request, response) -> {
                    response.getWriter().write("secret");
                    if (request.getRequestURI().equals("/later")) {
                        AsyncContext async = request.startAsync();
                        async.start(async::complete);
                    }
                })
                .start();

        for (String path : new String[] {"GET /now", "GET /later"}) {
            Answer answer = site.ask(path, NOTHING, "Accept", JOSE);

            assertEquals(500, answer.status(), answer.raw());
            assertTrue(answer.header("Content-Type").orElseThrow().startsWith("application/problem+json"));
            assertFalse(answer.raw().contains("secret") || answer.raw().contains("canary"));
        }
    }

    @Test
    void request_thatIsNotHttp_isRefused() {
        assertThrows(ServletException.class, () -> filter.doFilter(null, null, null));
        site.start();
    }

    /** Answers where the time is up. */
    private static final class Late implements AsyncListener {
        @Override
        public void onTimeout(AsyncEvent event) throws IOException {
            AsyncContext async = event.getAsyncContext();
            async.getResponse().getWriter().write("too late");
            async.complete();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }

        @Override
        public void onComplete(AsyncEvent event) {
            // Nothing to do.
        }

        @Override
        public void onError(AsyncEvent event) {
            // The container answers.
        }
    }
}

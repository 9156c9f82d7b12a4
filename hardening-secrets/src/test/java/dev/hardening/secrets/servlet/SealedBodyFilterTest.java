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
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E7")
class SealedBodyFilterTest {
    private static final int LIMIT = 2000;
    private static final byte[] NOTHING = {};
    private static final String JOSE = "application/jose";

    private final KeyRing ring = ring(KeyKind.AES_256);
    private final BodyCipher server = cipher(Role.SERVER, LIMIT);
    private final BodyCipher client = cipher(Role.CLIENT, LIMIT);
    private Site site;

    private static KeyRing ring(KeyKind kind) {
        return KeyRing.builder()
                .name("bodies")
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    private BodyCipher cipher(Role role, int limit) {
        return BodyCipher.builder()
                .role(role)
                .context("lms/api")
                .sharedKeys(ring)
                .maxBody(limit)
                .build();
    }

    private void serve(Site.Handler handler) {
        site = new Site(SealedBodyFilter.builder(server).build(), handler);
    }

    private void serveSealedOnly(Site.Handler handler) {
        site = new Site(SealedBodyFilter.builder(server).requireSealed().build(), handler);
    }

    @AfterEach
    void stop() throws Exception {
        if (site != null) {
            site.close();
        }
    }

    private byte[] sealed(String body, String type) {
        return client.seal(body.getBytes(StandardCharsets.UTF_8), type).getBytes(StandardCharsets.US_ASCII);
    }

    private Opening.Opened opened(Answer answer) {
        assertEquals(JOSE, answer.header("Content-Type").orElseThrow(), answer.raw());
        return assertInstanceOf(Opening.Opened.class, client.open(answer.body()));
    }

    private static String text(Opening.Opened opened) {
        return new String(opened.content(), StandardCharsets.UTF_8);
    }

    private static void assertProblem(int status, Answer answer) {
        assertEquals(status, answer.status(), answer.raw());
        assertEquals(
                "application/problem+json",
                MediaTypes.plain(answer.header("Content-Type").orElseThrow()));
        assertTrue(answer.body().contains("\"status\":" + status), answer.raw());
        for (String internal : new String[] {"Exception", "kid", "jose.", "nimbus", "ring"}) {
            assertFalse(answer.body().contains(internal), answer.body());
        }
    }

    @Test
    void sealedRequest_reachesTheHandlerBareAndTheAnswerIsSealed() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>("");
        serve((request, response) -> {
            seen.set(String.join(
                    "|",
                    request.getContentType(),
                    request.getHeader("content-type"),
                    String.valueOf(request.getContentLength()),
                    String.valueOf(request.getContentLengthLong()),
                    String.valueOf(request.getIntHeader("Content-Length")),
                    String.valueOf(request.getCharacterEncoding()),
                    String.valueOf(request.getHeader("Accept")),
                    new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8)));
            response.setContentType("application/json");
            response.setContentLength(3);
            response.getOutputStream().write("yes".getBytes(StandardCharsets.UTF_8));
        });

        Answer answer =
                site.ask("POST /grades", sealed("{\"g\":1}", "application/json"), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals("application/json|application/json|7|7|7|null|null|{\"g\":1}", seen.get());
        assertEquals(200, answer.status());
        assertEquals("yes", text(opened(answer)));
        assertEquals("application/json", opened(answer).contentType());
        assertEquals("Accept", answer.header("Vary").orElseThrow());
    }

    @Test
    void reader_ofASealedBody_usesTheCharsetOfTheSealer() throws Exception {
        serve((request, response) -> {
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().write(request.getReader().readLine());
        });
        byte[] latin = client.seal("J\u00f6rg".getBytes(StandardCharsets.ISO_8859_1), "text/plain;charset=iso-8859-1")
                .getBytes(StandardCharsets.US_ASCII);

        Answer answer = site.ask("POST /", latin, "Content-Type", JOSE + "; charset=us-ascii", "Accept", JOSE);

        assertEquals("J\u00f6rg", text(opened(answer)));
        assertEquals("text/plain;charset=utf-8", opened(answer).contentType().toLowerCase(Locale.ROOT));
    }

    @Test
    void reader_ofABodyWithoutACharset_readsUtf8() throws Exception {
        serve((request, response) -> {
            response.setCharacterEncoding("UTF-8");
            response.getWriter().write(request.getReader().readLine());
        });

        Answer answer = site.ask("POST /", sealed("J\u00f6rg", ""), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals("J\u00f6rg", text(opened(answer)));
    }

    @Test
    void request_thatNamesNoSealing_passesUntouched() throws Exception {
        serve((request, response) -> {
            response.setContentType("text/plain");
            request.getInputStream().transferTo(response.getOutputStream());
        });

        Answer answer = site.ask("POST /", "bare".getBytes(StandardCharsets.UTF_8), "Content-Type", "text/plain");

        assertEquals("bare", answer.body());
        assertEquals("text/plain", answer.header("Content-Type").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/jose;q=0", "*/*", "application/*", "application/jose+json", "text/plain", "x, y"})
    void accept_withoutSealing_isAnsweredBare(String accept) throws Exception {
        serve((request, response) -> response.getWriter().write("bare"));

        assertEquals("bare", site.ask("GET /", NOTHING, "Accept", accept).body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/jose", "text/plain, Application/JOSE ; q=0.5", "application/jose;q=0.001, */*"})
    void accept_withSealing_isAnsweredSealed(String accept) throws Exception {
        serve((request, response) -> response.getWriter().write("bare"));

        assertEquals("bare", text(opened(site.ask("GET /", NOTHING, "Accept", accept))));
    }

    @Test
    @Tag("secrets:E3")
    void body_thatCannotBeOpened_is400WhateverIsWrong() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        serve((request, response) -> handled.incrementAndGet());
        byte[] changed = sealed("x", "");
        changed[changed.length - 2] ^= 1;
        byte[] response = server.seal(NOTHING, "").getBytes(StandardCharsets.US_ASCII);

        Answer first = site.ask("POST /", changed, "Content-Type", JOSE);
        Answer second = site.ask("POST /", response, "Content-Type", JOSE);
        Answer third = site.ask("POST /", "nothing".getBytes(StandardCharsets.UTF_8), "Content-Type", JOSE);
        Answer fourth = site.ask("POST /", NOTHING, "Content-Type", JOSE);

        for (Answer answer : new Answer[] {first, second, third, fourth}) {
            assertProblem(400, answer);
            assertEquals(first.body(), answer.body());
        }
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void body_atTheLimit_isTakenAndAboveIs413(int more) throws Exception {
        serve((request, response) -> response.getWriter()
                .write(String.valueOf(request.getInputStream().readAllBytes().length)));
        BodyCipher generous = cipher(Role.CLIENT, LIMIT * 4);
        byte[] token = generous.seal(new byte[LIMIT + more], "").getBytes(StandardCharsets.US_ASCII);

        Answer answer = site.ask("POST /", token, "Content-Type", JOSE);

        // One byte more still fits into the token that could have had a longer header, so it is refused when opened.
        assertEquals(more <= 0 ? 200 : 400, answer.status());
    }

    @Test
    void token_thatIsTooLong_is413WithAndWithoutALength() throws Exception {
        serve((request, response) -> response.getWriter().write("never"));
        byte[] exact = new byte[server.maxToken()];
        byte[] longer = new byte[server.maxToken() + 1];

        assertProblem(400, site.ask("POST /", exact, "Content-Type", JOSE));
        assertProblem(413, site.ask("POST /", longer, "Content-Type", JOSE));
        assertProblem(400, site.ask("POST /", exact, "Content-Type", JOSE, "Transfer-Encoding", "chunked"));
        assertProblem(413, site.ask("POST /", longer, "Content-Type", JOSE, "Transfer-Encoding", "chunked"));
    }

    @Test
    @Tag("secrets:A12")
    void requestWithAContentCoding_is415() throws Exception {
        serve((request, response) -> response.getWriter().write("never"));

        assertProblem(415, site.ask("POST /", sealed("x", ""), "Content-Type", JOSE, "Content-Encoding", "gzip"));
    }

    @Test
    void sealedOnly_refusesBareBodiesAndSealsEveryAnswer() throws Exception {
        serveSealedOnly((request, response) -> response.getWriter().write("secret"));
        byte[] bare = "bare".getBytes(StandardCharsets.UTF_8);

        Answer refused = site.ask("POST /", bare, "Content-Type", "text/plain");
        assertProblem(415, refused);
        assertEquals(JOSE, refused.header("Accept").orElseThrow());
        assertProblem(415, site.ask("POST /", bare));
        assertProblem(415, site.ask("GET /", bare, "Transfer-Encoding", "chunked"));
        assertEquals("secret", text(opened(site.ask("GET /", NOTHING))));
        assertEquals("secret", text(opened(site.ask("POST /", sealed("x", ""), "Content-Type", JOSE))));
    }

    @Test
    void asynchronousAnswer_completedOnAnotherThread_isSealed() throws Exception {
        serve((request, response) -> {
            AsyncContext async = request.startAsync();
            async.start(() -> {
                try {
                    async.getResponse().getWriter().write("later");
                    async.complete();
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            });
        });

        assertEquals("later", text(opened(site.ask("GET /", NOTHING, "Accept", JOSE))));
    }

    @Test
    void asynchronousAnswer_dispatchedAgain_isSealedOnceWithTheOpenedBody() throws Exception {
        serve((request, response) -> {
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                response.getWriter().write(request.getReader().readLine());
            } else {
                response.getWriter().write("first ");
                request.startAsync().dispatch();
            }
        });

        Answer answer = site.ask("POST /", sealed("second", ""), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals("first second", text(opened(answer)));
    }

    @Test
    void listeners_forReadingAndWriting_areCalled() throws Exception {
        serve((request, response) -> {
            AsyncContext async = request.startAsync();
            ServletInputStream input = request.getInputStream();
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            input.setReadListener(new ReadListener() {
                @Override
                public void onDataAvailable() throws IOException {
                    while (input.isReady() && !input.isFinished()) {
                        read.write(input.read());
                    }
                }

                @Override
                public void onAllDataRead() throws IOException {
                    response.getOutputStream().setWriteListener(new WriteListener() {
                        @Override
                        public void onWritePossible() throws IOException {
                            assertTrue(response.getOutputStream().isReady());
                            response.getOutputStream().write(read.toByteArray());
                            async.complete();
                        }

                        @Override
                        public void onError(Throwable failure) {
                            throw new IllegalStateException(failure);
                        }
                    });
                }

                @Override
                public void onError(Throwable failure) {
                    throw new IllegalStateException(failure);
                }
            });
        });

        Answer answer = site.ask("POST /", sealed("to and fro", ""), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals("to and fro", text(opened(answer)));
    }

    @ParameterizedTest
    @ValueSource(ints = {LIMIT - 1, LIMIT, LIMIT + 1})
    void answer_atTheLimit_isSealedAndAboveIs500(int size) throws Exception {
        serve((request, response) -> {
            response.setHeader("X-Of-The-Handler", "1");
            try {
                response.getOutputStream().write(new byte[size]);
                response.flushBuffer();
            } catch (IOException swallowed) {
                response.getOutputStream().write(1);
            }
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        if (size <= LIMIT) {
            assertEquals(size, opened(answer).content().length);
        } else {
            assertProblem(500, answer);
        }
    }

    @Test
    void answer_pastTheLimitFromAWriter_isAProblem() throws Exception {
        serve((request, response) -> response.getWriter().write("x".repeat(LIMIT + 1)));

        assertProblem(500, site.ask("GET /", NOTHING, "Accept", JOSE));
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void answer_withoutABody_isLeftAlone(int status) throws Exception {
        serve((request, response) -> {
            response.setStatus(status);
            response.setHeader("ETag", "\"1\"");
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals(status, answer.status());
        assertEquals("", answer.body());
        assertEquals("\"1\"", answer.header("ETag").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void head_isAnsweredAsGetWouldBeAndTellsNothingOfTheBareBody(boolean written) throws Exception {
        serve((request, response) -> {
            response.setContentType("text/plain");
            response.setHeader("ETag", "\"hash-of-it\"");
            response.setHeader("Digest", "sha-256=hash-of-it");
            response.setContentLength(7);
            if (written) {
                response.getWriter().write("seven..");
            }
        });

        Answer answer = site.ask("HEAD /", NOTHING, "Accept", JOSE);

        assertEquals(200, answer.status());
        assertEquals("", answer.body());
        assertEquals(JOSE, answer.header("Content-Type").orElseThrow());
        assertFalse(answer.raw().contains("hash-of-it"));
        assertFalse(answer.header("Content-Length").filter("7"::equals).isPresent());
        assertFalse(answer.header("Content-Length").filter("0"::equals).isPresent());
        assertEquals(
                "text/plain",
                site.ask("HEAD /", NOTHING)
                        .header("Content-Type")
                        .map(MediaTypes::plain)
                        .orElseThrow());
    }

    @Test
    void sendErrorAndRedirect_giveUpWhatWasWritten() throws Exception {
        serve((request, response) -> {
            response.getWriter().write("half an answer");
            if (request.getRequestURI().equals("/away")) {
                response.sendRedirect("/there");
            } else {
                response.sendError(409);
            }
        });

        Answer error = site.ask("GET /", NOTHING, "Accept", JOSE);
        Answer redirect = site.ask("GET /away", NOTHING, "Accept", JOSE);

        assertEquals(409, error.status());
        assertFalse(error.raw().contains("half"));
        assertEquals(302, redirect.status());
        assertFalse(redirect.raw().contains("half"));
    }

    @Test
    void handlerThatThrows_isAnsweredByTheServerWithoutWhatWasWritten() throws Exception {
        serve((request, response) -> {
            response.getWriter().write("half an answer");
            throw new IllegalStateException("broken");
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals(500, answer.status());
        assertFalse(answer.raw().contains("half"));
    }

    @Test
    void statusOfAnError_withABodyOfTheHandler_isSealed() throws Exception {
        serve((request, response) -> {
            response.setStatus(404);
            response.setContentType("application/problem+json");
            response.getWriter().write("{}");
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals(404, answer.status());
        assertTrue(opened(answer).contentType().startsWith("application/problem+json"));
    }

    @Test
    void headersOfTheBareBody_doNotDescribeTheSealedOne() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>("");
        serve((request, response) -> {
            seen.set(Collections.list(request.getHeaderNames()).toString().toLowerCase(Locale.ROOT));
            response.setHeader("ETag", "\"v1\"");
            for (String digest : new String[] {"Digest", "Repr-Digest", "Content-Digest", "Content-MD5"}) {
                response.addHeader(digest, "hash-of-it");
            }
            response.setHeader("Accept-Ranges", "bytes");
            response.setHeader("Content-Length", "4");
            response.setIntHeader("Content-Length", 4);
            response.addHeader("Content-Type", "image/png");
            assertEquals("image/png", response.getContentType());
            assertEquals("image/png", response.getHeader("Content-Type"));
            assertTrue(response.containsHeader("Content-Type"));
            response.getOutputStream().write(new byte[4]);
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE, "Range", "bytes=0-1", "Accept-Encoding", "gzip");

        assertTrue(answer.header("ETag").isEmpty());
        assertFalse(answer.raw().contains("hash-of-it"));
        assertTrue(answer.header("Accept-Ranges").isEmpty());
        assertEquals("image/png", opened(answer).contentType());
        assertFalse(seen.get().contains("range") || seen.get().contains("accept"), seen.get());
    }

    @Test
    void answerWithAContentCoding_is500() throws Exception {
        serve((request, response) -> {
            response.setHeader("Content-Encoding", "gzip");
            response.getOutputStream().write(new byte[4]);
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertProblem(500, answer);
        assertTrue(answer.header("Content-Encoding").isEmpty());
    }

    @Test
    void reset_startsTheAnswerAnew() throws Exception {
        serve((request, response) -> {
            response.setContentType("text/html");
            response.getWriter().write("wrong");
            response.reset();
            response.setContentType("text/plain; format=\"odd;one\"");
            response.getOutputStream().write("right".getBytes(StandardCharsets.UTF_8));
            assertThrows(IllegalStateException.class, response::getWriter);
        });

        Answer answer = site.ask("GET /", NOTHING, "Accept", JOSE);

        assertEquals("right", text(opened(answer)));
        assertEquals("text/plain", opened(answer).contentType());
    }

    @Test
    void sealedOnly_withNoBodyOfUnknownLength_leavesTheHandlerAnEmptyReader() throws Exception {
        serveSealedOnly((request, response) -> {
            String line = String.valueOf(request.getReader().readLine());
            response.getWriter().write(line + " " + request.getParameter("q"));
        });

        assertEquals("null 1", text(opened(site.ask("GET /?q=1", NOTHING))));
        assertEquals("null 1", text(opened(site.ask("POST /?q=1", NOTHING, "Transfer-Encoding", "chunked"))));
    }

    @Test
    void charset_thatIsNotKnown_isAnExceptionOfTheServletApi() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        serve((request, response) -> {
            try {
                request.getReader();
            } catch (UnsupportedEncodingException wanted) {
                refused.incrementAndGet();
            }
            for (String type : new String[] {"text/plain;charset=klingon", "text/plain;charset=a:b"}) {
                response.setContentType(type);
                assertEquals(type, response.getContentType());
                assertThrows(UnsupportedEncodingException.class, response::getWriter);
                refused.incrementAndGet();
            }
            response.getOutputStream().write('x');
        });

        Answer answer =
                site.ask("POST /", sealed("x", "text/plain;charset=klingon"), "Content-Type", JOSE, "Accept", JOSE);

        assertEquals("x", text(opened(answer)));
        assertEquals(3, refused.get());
    }
}

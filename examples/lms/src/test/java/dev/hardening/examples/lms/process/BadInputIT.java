package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.web.Expect;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input to every call of the real process with all its filters: a 4xx problem each time, and nothing in its log. */
@Tag("slow")
@Tag("database")
class BadInputIT {
    private static final List<String> WITH_BODY = List.of(
            "POST /api/setup",
            "POST /api/auth/register",
            "POST /api/auth/verify",
            "POST /api/auth/resend",
            "POST /api/auth/login",
            "POST /api/auth/refresh",
            "POST /api/auth/logout",
            "POST /api/courses",
            "POST /api/courses/{id}/enrolments",
            "POST /api/courses/{id}/submissions",
            "PUT /api/courses/{id}/submissions/x/grade",
            "POST /api/admin/tenants");
    private static final List<String> WITHOUT_BODY = List.of(
            "GET /",
            "GET /verify",
            "GET /.well-known/jwks.json",
            "GET /api/me",
            "GET /api/courses",
            "GET /api/courses/{id}",
            "POST /api/admin/keys/signing/rotate");
    private static final int GARBAGE = 500;

    @TempDir
    private Path folder;

    private final List<String> tokens = new ArrayList<>();
    private String course = "";
    private int turn;
    private int port;

    @Test
    void everyCall_withBadInput_isRefusedAndNothingBreaks() throws Exception {
        try (LmsProcess lms = DemoIT.demo(folder.resolve("home"))) {
            port = lms.http().getPort();
            List<Person> people = DemoIT.people(lms);
            people.forEach(person -> tokens.add(person.login(lms).access()));
            course = Person.text(people.get(0).get(lms, "/api/courses"), "id");

            WITH_BODY.forEach(this::badBodies);
            WITHOUT_BODY.forEach(call -> Expect.refused(send(call, "Content-Type: application/json", "{\"a\":1}")));
            garbage();

            assertEquals(200, people.get(1).get(lms, "/api/me").statusCode());
            assertEquals(0, lms.terminate());
            assertFalse(lms.output().contains("\tat ") || lms.output().contains(" failed: "), lms.output());
        }
    }

    private void badBodies(String call) {
        String json = "Content-Type: application/json";
        for (String body : List.of("", "[]", "{", "{\"unknown\":1}", "{}", "{\"email\":[],\"title\":{},\"token\":7}")) {
            Expect.refused(send(call, json, body));
        }
        Expect.refused(send(call, json, "{\"title\":\"\u00ff\"}"));
        Expect.refused(send(call, "Content-Type: text/plain", "{}"));
        Expect.refused(send(call, json, "{\"title\":\"" + "a".repeat(10 << 20) + "\"}"));
        Reply other = send("DELETE " + call.substring(call.indexOf(' ') + 1), "X: y", "");
        Expect.refused(other);
        assertTrue(
                other.status() == 429 || !other.header("Allow").isEmpty(),
                other.headerLines().toString());
    }

    private void garbage() {
        Random random = SeededRandom.of("real bodies");
        for (int i = 0; i < GARBAGE; i++) {
            String call = WITH_BODY.get(random.nextInt(WITH_BODY.size()));
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            String body = "{\"email\":\"" + new String(noise, StandardCharsets.ISO_8859_1) + "\"}";
            Reply reply = send(call, "Content-Type: application/json", body);
            if (reply.status() == 202) { // a resend tells nothing of an address, not even that it is none
                assertEquals("POST /api/auth/resend", call);
                Expect.hardened(reply);
            } else {
                Expect.refused(reply);
            }
        }
    }

    /** The body goes out byte for byte, so that U+00FF in it is a byte that UTF-8 never has. */
    private Reply send(String call, String header, String body) {
        String head = call.replace("{id}", course) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header
                + "\r\nAuthorization: Bearer " + tokens.get(turn++ % tokens.size())
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
        Optional<Reply> reply = RawHttp.send(port, head + body);
        return reply.orElseThrow(() -> new AssertionError("no answer to " + head));
    }
}

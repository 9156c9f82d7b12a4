package dev.hardening.examples.lms.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.ServingRole;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Expect;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.examples.lms.web.Router.Route;
import dev.hardening.testing.SeededRandom;
import dev.hardening.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Generated requests, from slightly wrong to garbage: no fault of the service, no stack trace, no missing header. */
@Tag("database")
@Tag("slow")
class FuzzTest {
    private static final int REQUESTS = 2_000;
    private static final int THREADS = 8;
    private static final String[] TEXTS = {
        "\"\"",
        "\"x\"",
        "\"main\"",
        "\"student\"",
        "\"admin@example.org\"",
        "\"a long enough password\"",
        "\"setup-0\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\u202e\"",
        "\"' OR 1=1 --\"",
        "\"../../etc/passwd\"",
        "\"${jndi:ldap://x}\"",
        "\"%s%n\"",
        "null",
        "true",
        "0",
        "-1",
        "1e999999999",
        "9007199254740993",
        "0.1",
        "[]",
        "{}",
        "[[[[[[",
        "\"\ud83d\ude00\"",
        "\"" + "a".repeat(30_000) + "\"",
        "NaN",
        "'x'",
        "\"\\x\"",
        "\"\n\"",
        "\"\u0000\""
    };
    private static final String[] NAMES = {
        "email",
        "password",
        "name",
        "tenant",
        "token",
        "title",
        "text",
        "userId",
        "role",
        "grade",
        "reason",
        "id",
        "refreshToken",
        "__proto__",
        "constructor",
        "",
        "a\\u0000",
        "\\ud800"
    };
    private static final String[] PATHS = {
        "/",
        "//",
        "/..",
        "/.%2e/",
        "/%",
        "/%zz",
        "/%00",
        "/a;b=c",
        "/\\",
        "*",
        "/api",
        "/api/",
        "/api/courses/%2F",
        "/?",
        "/#",
        "http://x/api/me",
        "x:1",
        "/\u00ff",
        "/api/courses?limit=-1",
        "/api/courses?cursor=%",
        "/api/courses?cursor=%ff",
        "/api/courses?limit=1&limit=2",
        "/api/courses?cursor=" + "A".repeat(4000)
    };
    private static final String[] METHODS = {
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "G E T", "", "PRI",
        "\u0000"
    };
    private static final String[] HEADERS = {
        "Content-Type: application/json",
        "Content-Type: text/plain",
        "Content-Type: ;",
        "Content-Length: 0",
        "Content-Length: 5",
        "Content-Length: -5",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: identity",
        "Expect: 100-continue",
        "Expect: nothing",
        "Authorization: Bearer main.admin",
        "Authorization: Basic x",
        "Authorization:",
        "Host:",
        "Host: a b",
        "Host: x:99999",
        "Cookie: a=b; c",
        "X: \u0000",
        "X : y",
        ": y",
        "no colon",
        " folded",
        "Upgrade: h2c",
        "Upgrade: websocket",
        "Connection: Upgrade, HTTP2-Settings",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
        "Range: bytes=0-1",
        "If-None-Match: *",
        "Accept: text/html",
        "Content-Encoding: gzip",
        "X-Forwarded-For: \u0001",
        "Forwarded: for=\"",
        "Origin: null",
        "Accept-Language: \u00e4",
        "X-HTTP-Method-Override: DELETE",
        "Trailer: X",
        "TE: trailers"
    };

    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    @Order(3)
    @RegisterExtension
    static final TestService SERVICE = new TestService(SERVING);

    private static String course = "";
    private static String work = "";

    @BeforeAll
    static void school() {
        Member admin = SERVICE.user("main", "admin", TenantRole.ADMIN);
        Member student = SERVICE.user("main", "student", TenantRole.STUDENT);
        course = SERVICE.course(admin, student);
        work = SERVICE.work(student, course);
    }

    @Test
    @Tag("ASVS-16.5.1")
    void request_wellFramedWithAnyBody_isNoFault() throws Exception {
        Random random = SeededRandom.of("bodies");

        flood(() -> request(random, pick(random, SERVICE.router().routes().toArray(Route[]::new)), json(random)));
    }

    @Test
    @Tag("ASVS-4.2.1")
    void request_ofAnyFraming_isNoFault() throws Exception {
        Random random = SeededRandom.of("framing");

        flood(() -> framed(random));
    }

    @Test
    @Tag("ASVS-4.2.1")
    void request_withFlippedBytes_isNoFault() throws Exception {
        Random random = SeededRandom.of("bytes");
        Route[] routes = SERVICE.router().routes().toArray(Route[]::new);

        flood(() -> {
            byte[] bytes = request(random, pick(random, routes), json(random));
            for (int flips = random.nextInt(6); flips >= 0; flips--) {
                bytes[random.nextInt(Math.min(bytes.length, 400))] = (byte) random.nextInt(256);
            }
            return bytes;
        });
    }

    private static void flood(Supplier<byte[]> requests) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Boolean>> sent = new ArrayList<>();
            for (int index = 0; index < REQUESTS; index++) {
                byte[] request = requests.get();
                sent.add(threads.submit(() -> check(request)));
            }
            int answered = 0;
            for (Future<Boolean> one : sent) {
                answered += one.get() ? 1 : 0;
            }
            assertTrue(answered > REQUESTS * 3 / 4, answered + " answers");
        } finally {
            threads.shutdownNow();
        }
        assertEquals(200, SERVICE.get("/api/courses", "main.admin").status());
    }

    /** Whether there was an answer; a request that ends in the middle may get none. */
    private static boolean check(byte[] request) {
        Optional<Reply> reply = RawHttp.sendAll(SERVICE.port(), request);
        if (reply.isEmpty()) {
            return false;
        }
        String shown = new String(request, 0, Math.min(request.length, 600), StandardCharsets.ISO_8859_1);
        int status = reply.get().status();
        boolean fault = status >= 500 && status != 501 && status != 505;
        assertTrue(!fault, () -> status + " to " + shown);
        try {
            Expect.hardened(reply.get());
            Expect.quiet(reply.get());
        } catch (AssertionError missing) {
            throw new AssertionError(status + " to " + shown, missing);
        }
        return true;
    }

    private static byte[] request(Random random, Route route, byte[] body) {
        boolean bodied = route.method().equals("POST") || route.method().equals("PUT");
        String path = route.template().replace("{id}", course).replace("{sid}", work);
        String head = route.method() + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + pick(random, "main.admin", "main.student", "other.admin", "x") + "\r\n"
                + (bodied ? "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n" : "")
                + "Connection: close\r\n\r\n";
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        whole.writeBytes(bodied ? body : new byte[0]);
        return whole.toByteArray();
    }

    private static byte[] json(Random random) {
        StringBuilder json = new StringBuilder("{");
        for (int left = random.nextInt(5); left >= 0; left--) {
            json.append('"').append(pick(random, NAMES)).append("\":").append(pick(random, TEXTS));
            json.append(left > 0 || random.nextInt(20) == 0 ? "," : "");
        }
        json.append(random.nextInt(20) == 0 ? "" : "}").append(random.nextInt(20) == 0 ? "]" : "");
        byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(10) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static byte[] framed(Random random) {
        StringBuilder head = new StringBuilder(pick(random, METHODS)).append(' ');
        head.append(random.nextBoolean() ? pick(random, PATHS) : "/api/courses").append(' ');
        head.append(
                pick(random, "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTCPCP/1.0", ""));
        head.append("\r\n").append(random.nextInt(8) == 0 ? "" : "Host: x\r\n");
        for (int left = random.nextInt(6); left > 0; left--) {
            head.append(pick(random, HEADERS)).append(random.nextInt(30) == 0 ? "\n" : "\r\n");
        }
        head.append(random.nextInt(20) == 0 ? "" : "Connection: close\r\n\r\n");
        head.append(pick(
                random,
                "",
                "{}",
                "5\r\nhello\r\n0\r\n\r\n",
                "zz\r\n",
                "0\r\n\r\n",
                "{\"title\":\"x\"}",
                "\u0000".repeat(50)));
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}

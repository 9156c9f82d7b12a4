package dev.hardening.examples.lms.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.school.ServingRole;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Expect;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.examples.lms.web.Router.Route;
import dev.hardening.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call with every kind of bad input: a 4xx problem with all security headers, and nothing else. */
@Tag("database")
@Tag("slow")
class BadInputTest {
    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    @Order(3)
    @RegisterExtension
    static final TestService SERVICE = new TestService(SERVING);

    private static final List<Call> WITH_BODY = List.of(
            new Call("POST", "/api/setup", "token", "email", "password", "name?"),
            new Call("POST", "/api/auth/register", "email", "password", "name", "tenant?"),
            new Call("POST", "/api/auth/verify", "token", "password"),
            new Call("POST", "/api/auth/resend", "email", "tenant?"),
            new Call("POST", "/api/auth/login", "email", "password", "tenant?"),
            new Call("POST", "/api/auth/refresh", "refreshToken"),
            new Call("POST", "/api/auth/logout", "refreshToken"),
            new Call("POST", "/api/courses", "title"),
            new Call("POST", "/api/courses/{id}/enrolments", "userId", "role"),
            new Call("POST", "/api/courses/{id}/submissions", "text"),
            new Call("PUT", "/api/courses/{id}/submissions/{sid}/grade", "grade", "reason"),
            new Call("POST", "/api/admin/tenants", "id", "name"));
    private static final List<Call> WITHOUT_BODY = List.of(
            new Call("GET", "/"),
            new Call("GET", "/verify"),
            new Call("GET", "/.well-known/jwks.json"),
            new Call("GET", "/api/me"),
            new Call("GET", "/api/courses"),
            new Call("GET", "/api/courses/{id}"),
            new Call("GET", "/api/courses/{id}/submissions"),
            new Call("POST", "/api/admin/keys/{ring}/rotate"));

    @BeforeAll
    static void people() {
        SERVICE.user("main", "admin", TenantRole.ADMIN);
    }

    static Stream<Call> withBody() {
        return WITH_BODY.stream();
    }

    static Stream<Call> all() {
        return Stream.concat(WITH_BODY.stream(), WITHOUT_BODY.stream());
    }

    @Test
    void calls_ofTheService_areAllInThisTest() {
        Set<String> routes =
                SERVICE.router().routes().stream().map(BadInputTest::name).collect(Collectors.toSet());

        assertEquals(
                routes, all().map(call -> call.method() + " " + call.template()).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void field_ofAnotherType_is400NamingIt(Call call) {
        for (String field : call.fields()) {
            for (String value : List.of("true", "null", "[]", "{}", "[\"x\"]", "{\"$ne\":1}")) {
                Reply reply = send(call, call.json(field, value));

                Expect.problem(400, reply);
                assertTrue(reply.text().contains("\"field\":\"" + Call.bare(field) + "\""), reply.text());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void field_missing_is400NamingIt(Call call) {
        for (String field : call.fields()) {
            if (field.endsWith("?")) {
                continue;
            }
            Reply reply = send(call, call.json(field, ""));

            Expect.problem(400, reply);
            assertTrue(reply.text().contains("{\"field\":\"" + field + "\",\"rule\":\"missing\"}"), reply.text());
        }
    }

    @ParameterizedTest
    @MethodSource("withBody")
    @Tag("ASVS-15.3.3")
    void field_thatIsUnknown_is400(Call call) {
        Reply reply = send(call, call.json("admin", "true"));

        Expect.problem(400, reply);
        assertTrue(reply.text().contains("{\"field\":\"admin\",\"rule\":\"unknown-field\"}"), reply.text());
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void field_withForbiddenCharacters_is400(Call call) {
        String field = call.fields().get(0);
        for (String value : List.of("\"\\u0000\"", "\"\\ud800\"", "\"a\\udfffb\"")) {
            Expect.problem(400, send(call, call.json(field, value)));
        }
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void document_thatIsNotOneObject_is400(Call call) {
        for (String json : List.of("", "[]", "null", "\"x\"", "1", "{", "{}{}", "<a/>", "a=b", "\ufeff{}", "{'a':1}")) {
            Expect.problem(400, send(call, json));
        }
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void document_notInUtf8_is400(Call call) {
        byte[] latin = call.json("", "").replace("\"x\"", "\"\u00e4\"").getBytes(StandardCharsets.ISO_8859_1);

        Expect.problem(400, send(call, "application/json", latin));
    }

    @ParameterizedTest
    @MethodSource("withBody")
    void body_ofAnotherType_is415(Call call) {
        for (String type : List.of("text/plain", "application/xml", "application/x-www-form-urlencoded", "*/*", "")) {
            Expect.problem(415, send(call, type, call.json("", "").getBytes(StandardCharsets.UTF_8)));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void body_of10Megabytes_is413(Call call) {
        Expect.problem(
                413, send(call, "application/json", "a".repeat(10_000_000).getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void body_of10MegabytesInChunks_is413(Call call) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head(call, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
        byte[] chunk = ("10000\r\n" + "a".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.UTF_8);
        for (int index = 0; index < 160; index++) {
            request.writeBytes(chunk);
        }
        request.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.UTF_8));

        Expect.problem(413, RawHttp.send(SERVICE.port(), request.toByteArray()).orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("all")
    void method_thatIsAnother_is405WithAllow(Call call) {
        Set<String> known = SERVICE.router().routes().stream()
                .filter(route -> route.template().equals(call.template()))
                .map(Route::method)
                .collect(Collectors.toSet());
        for (String method : List.of("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")) {
            if (known.contains(method)) {
                continue;
            }
            Reply reply = SERVICE.call(method, call.path(), "main.admin", "");

            Expect.problem(405, reply);
            assertTrue(
                    reply.header("Allow").contains(known.iterator().next()),
                    reply.headerLines().toString());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void path_inAnotherForm_isNoSecondName(Call call) {
        for (String trick : List.of("%2e/", "./", "/", ";x/", "..%2f", "%00", "x/../")) {
            String path = "/" + trick + call.path().substring(1);
            Expect.refused(SERVICE.call(call.method(), path, "main.admin", ""));
        }
        for (String trick : List.of("/", ";a=b", "%20", "%2f", "/.", "/..", "%00", ".json", "\\")) {
            String path = call.path().equals("/") ? "/x" + trick : call.path() + trick;
            Expect.refused(SERVICE.call(call.method(), path, "main.admin", ""));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void call_ofAMember_withoutToken_is401BeforeTheBodyIsLookedAt(Call call) {
        if (!call.template().startsWith("/api/") || call.template().matches("/api/(auth/.*|setup)")) {
            return;
        }
        for (String token : List.of("", "x", "main.", "..")) {
            Expect.problem(401, SERVICE.call(call.method(), call.path(), token, ""));
        }
    }

    private static String name(Route route) {
        return route.method() + " " + route.template();
    }

    private static Reply send(Call call, String json) {
        return send(call, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static Reply send(Call call, String type, byte[] body) {
        String contentType = type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head(call, contentType + "Content-Length: " + body.length + "\r\n"));
        request.writeBytes(body);
        return RawHttp.send(SERVICE.port(), request.toByteArray()).orElseThrow();
    }

    private static byte[] head(Call call, String headers) {
        String head = call.method() + " " + call.path() + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Authorization: Bearer main.admin\r\n" + headers + "\r\n";
        return head.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** One call and its fields, the optional ones with a question mark. */
    record Call(String method, String template, List<String> fields) {
        Call(String method, String template, String... fields) {
            this(method, template, Arrays.asList(fields));
        }

        String path() {
            return template.replaceAll("\\{[a-z]+}", "AAAAAAAAAAAAAAAAAAAAAA");
        }

        static String bare(String field) {
            return field.replace("?", "");
        }

        /** All fields as strings, one of them replaced, added or, by an empty value, left out. */
        String json(String changed, String value) {
            Stream<String> own = fields.stream()
                    .filter(field -> !field.equals(changed))
                    .map(field -> "\"" + bare(field) + "\":\"x\"");
            Stream<String> other = value.isEmpty() ? Stream.of() : Stream.of("\"" + bare(changed) + "\":" + value);
            return Stream.concat(own, other).collect(Collectors.joining(",", "{", "}"));
        }

        @Override
        public String toString() {
            return method + " " + template;
        }
    }
}

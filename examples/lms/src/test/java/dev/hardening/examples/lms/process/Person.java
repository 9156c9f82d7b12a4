package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Somebody who uses the real service over HTTP, and what they were given. */
final class Person {
    private static final Duration MAIL = Duration.ofSeconds(10);
    private static final Pattern LINK = Pattern.compile("/verify#token=([A-Za-z0-9._~-]+)");

    private final String email;
    private final String password;
    private final List<String> secrets = new ArrayList<>();
    private String access = "";
    private String refresh = "";

    Person(String email, String password) {
        this.email = email;
        this.password = password;
        secrets.add(password);
    }

    /** Makes the first administrator with the token that the service left in its data folder. */
    Person setUp(LmsProcess lms, Path home) throws Exception {
        String token = Files.readString(home.resolve("setup-token")).strip();
        secrets.add(token);
        String body = body("token", token, "email", email, "password", password, "name", "Ada");
        assertEquals(201, call(lms, "/api/setup", body).statusCode());
        assertTrue(Files.notExists(home.resolve("setup-token")), "the token's file goes with its use");
        assertEquals(400, call(lms, "/api/setup", body).statusCode());
        return this;
    }

    /** Registers and follows the link of the mail. */
    Person register(LmsProcess lms) {
        int before = lms.mails().size();
        HttpResponse<String> answer = register(lms, "Sam");
        assertEquals(202, answer.statusCode(), answer.body());
        String token = awaitLink(lms, before);
        assertAnswer(400, verify(lms, token, password + "x"), "a stranger's password");
        assertAnswer(204, verify(lms, token, password), "the owner's password; mails: " + lms.mails());
        assertAnswer(400, verify(lms, token, password), "one use");
        return this;
    }

    /** Asks for another link, which comes only where the registration is known, and confirms with its password. */
    void confirmByAnotherLink(LmsProcess lms) {
        int before = lms.mails().size();
        assertEquals(202, call(lms, "/api/auth/resend", body("email", email)).statusCode());
        assertEquals(204, verify(lms, awaitLink(lms, before), password).statusCode());
    }

    HttpResponse<String> register(LmsProcess lms, String name) {
        return call(lms, "/api/auth/register", body("email", email, "password", password, "name", name));
    }

    Person login(LmsProcess lms) {
        HttpResponse<String> answer = attempt(lms, password);
        assertEquals(200, answer.statusCode(), answer.body());
        return keep(answer);
    }

    HttpResponse<String> attempt(LmsProcess lms, String guess) {
        return call(lms, "/api/auth/login", body("email", email, "password", guess));
    }

    /** Logs in while sending the access token of before, as a client does that sends it with everything. */
    Person loginWithTheOldToken(LmsProcess lms) {
        HttpResponse<String> answer =
                lms.post(lms.http(), "/api/auth/login", access, body("email", email, "password", password));
        assertEquals(200, answer.statusCode(), answer.body());
        return keep(answer);
    }

    Person refresh(LmsProcess lms) {
        HttpResponse<String> answer = call(lms, "/api/auth/refresh", body("refreshToken", refresh));
        assertEquals(200, answer.statusCode(), answer.body());
        return keep(answer);
    }

    int logout(LmsProcess lms) {
        return call(lms, "/api/auth/logout", body("refreshToken", refresh)).statusCode();
    }

    HttpResponse<String> exchange(LmsProcess lms, String refreshToken) {
        return call(lms, "/api/auth/refresh", body("refreshToken", refreshToken));
    }

    HttpResponse<String> get(LmsProcess lms, String path) {
        return lms.get(lms.http(), path, access);
    }

    HttpResponse<String> post(LmsProcess lms, String path, String... fields) {
        return lms.post(lms.http(), path, access, body(fields));
    }

    HttpResponse<String> put(LmsProcess lms, String path, String... fields) {
        return lms.put(lms.http(), path, access, body(fields));
    }

    String access() {
        return access;
    }

    String refreshToken() {
        return refresh;
    }

    /** What must stand in no log: everything secret that this person ever typed or was given. */
    List<String> secrets() {
        return List.copyOf(secrets);
    }

    private static void assertAnswer(int status, HttpResponse<String> answer, String why) {
        assertEquals(status, answer.statusCode(), () -> why + ": " + answer.headers() + " " + answer.body());
    }

    private Person keep(HttpResponse<String> tokens) {
        access = text(tokens, "accessToken");
        refresh = text(tokens, "refreshToken");
        secrets.addAll(List.of(access, refresh));
        return this;
    }

    private HttpResponse<String> verify(LmsProcess lms, String token, String typed) {
        return call(lms, "/api/auth/verify", body("token", token, "password", typed));
    }

    private static HttpResponse<String> call(LmsProcess lms, String path, String json) {
        return lms.post(lms.http(), path, "", json);
    }

    private String awaitLink(LmsProcess lms, int before) {
        Eventually.until(MAIL, "a mail with a link", () -> link(lms, before).isPresent());
        String token = link(lms, before).orElseThrow();
        secrets.add(token);
        return token;
    }

    private Optional<String> link(LmsProcess lms, int before) {
        return lms.mails().stream()
                .skip(before)
                .filter(mail -> mail.contains(email))
                .map(mail -> LINK.matcher(mail.replace("=\r\n", "").replace("=3D", "=")))
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .findFirst();
    }

    static String text(HttpResponse<String> answer, String field) {
        Matcher found = Pattern.compile("\"" + field + "\":\"([^\"]*)\"").matcher(answer.body());
        assertTrue(found.find(), field + " in " + answer.body());
        return found.group(1);
    }

    static String body(String... fields) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < fields.length; i += 2) {
            json.append(i == 0 ? "" : ",").append('"').append(fields[i]).append("\":\"");
            json.append(fields[i + 1]).append('"');
        }
        return json.append('}').toString();
    }
}

package dev.hardening.examples.lms.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;

/** What must hold of every answer, whoever wrote it. */
public final class Expect {
    /** Each has five letters or a sign that no random id has, so that none is there by chance. */
    private static final List<String> INTERNALS = List.of(
            "java.",
            "jetty",
            "Exception",
            "\tat ",
            "    at ",
            "org.",
            "dev.hardening",
            "Powered", //
            "SQLSTATE",
            "SQL ",
            "SQL:",
            "ERROR:",
            "jdbc:",
            "postgres",
            "violates",
            "relation ", //
            "SELECT ",
            "INSERT ",
            "UPDATE ",
            "DELETE ",
            "select ",
            "insert ");

    private Expect() {}

    /** Every security header, once, and nothing that tells what answers. */
    public static void hardened(RawHttp.Reply reply) {
        for (Map.Entry<String, String> header : SecurityHeaders.always().entrySet()) {
            List<String> values = reply.headers(header.getKey());
            assertEquals(1, values.size(), header.getKey() + " in " + reply.headerLines());
        }
        assertTrue(reply.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
        assertTrue(reply.header("Content-Security-Policy").startsWith("default-src 'none'"));
        assertEquals("nosniff", reply.header("X-Content-Type-Options"));
        assertEquals("no-referrer", reply.header("Referrer-Policy"));
        assertEquals(List.of(), reply.headers("Server"));
        assertEquals(List.of(), reply.headers("Set-Cookie"));
        assertEquals(List.of(), reply.headers("X-Powered-By"));
    }

    /** A problem document of this status, hardened, without internals. */
    public static void problem(int status, RawHttp.Reply reply) {
        assertEquals(status, reply.status(), reply.text());
        problem(reply);
    }

    /** A problem document of any 4xx status. */
    public static void refused(RawHttp.Reply reply) {
        assertTrue(reply.status() >= 400 && reply.status() < 500, reply.status() + " " + reply.text());
        problem(reply);
    }

    /** The same, or 501 or 505 for what HTTP itself has no support for. */
    public static void refusedOrUnsupported(RawHttp.Reply reply) {
        boolean fits =
                (reply.status() >= 400 && reply.status() < 500) || reply.status() == 501 || reply.status() == 505;
        assertTrue(fits, reply.status() + " " + reply.text());
        problem(reply);
    }

    private static void problem(RawHttp.Reply reply) {
        hardened(reply);
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("application/problem+json", reply.header("Content-Type"));
        assertTrue(reply.text().startsWith("{\"type\":\""), reply.text());
        assertTrue(reply.text().contains("\"status\":" + reply.status()), reply.text());
        quiet(reply);
    }

    /** No trace of the program in the body. */
    public static void quiet(RawHttp.Reply reply) {
        for (String internal : INTERNALS) {
            assertFalse(reply.text().contains(internal), () -> internal + " in " + reply.text());
        }
    }
}

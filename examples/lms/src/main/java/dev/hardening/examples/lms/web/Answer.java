package dev.hardening.examples.lms.web;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What a handler answers: status, headers and body. Immutable; the dispatcher adds the rest. */
public final class Answer {
    private static final String JSON = "application/json";

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    private Answer(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** An object in JSON. */
    public static Answer json(int status, Consumer<JsonWriter> content) {
        return of(status, JSON, JsonWriter.render(content));
    }

    /** Bytes of a media type. */
    public static Answer of(int status, String mediaType, byte[] body) {
        return new Answer(status, Map.of("Content-Type", mediaType), body.clone());
    }

    /** A status without a body. */
    public static Answer empty(int status) {
        return new Answer(status, Map.of(), new byte[0]);
    }

    /** A problem document. */
    public static Answer problem(Problem problem) {
        return new Answer(problem.status(), Map.of("Content-Type", "application/problem+json"), problem.json());
    }

    /** The same answer with one more header; it replaces a default of the same name. */
    public Answer with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, more, body);
    }

    /** The same answer with more headers. */
    public Answer with(Map<String, String> further) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.putAll(further);
        return new Answer(status, more, body);
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }
}

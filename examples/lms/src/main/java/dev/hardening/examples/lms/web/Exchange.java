package dev.hardening.examples.lms.web;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One request on its way through a handler. Not safe for many threads. */
public final class Exchange {
    private static final int MAX_QUERY = 2048;

    private final HttpServletRequest request;
    private final Map<String, String> parameters;

    Exchange(HttpServletRequest request, Map<String, String> parameters) {
        this.request = request;
        this.parameters = parameters;
    }

    /** The servlet request, for what filters left in its attributes; its body and parameters are read here. */
    public HttpServletRequest request() {
        return request;
    }

    /** The value of a template's parameter. */
    public String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no parameter " + name);
        }
        return value;
    }

    /**
     * The value of a query parameter.
     *
     * @return empty if it is not there
     * @throws ProblemException with a 400 if it is there twice or is not coded as UTF-8
     */
    public Optional<String> query(String name) {
        String query = request.getQueryString();
        if (query == null || query.isEmpty()) {
            return Optional.empty();
        }
        if (query.length() > MAX_QUERY) {
            throw badQuery(name);
        }
        String found = null;
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (!key.equals(name)) {
                continue;
            }
            if (found != null) {
                throw badQuery(name);
            }
            found = decode(name, equals < 0 ? "" : pair.substring(equals + 1));
        }
        return Optional.ofNullable(found);
    }

    /**
     * Reads the body into a record.
     *
     * @throws ProblemException with a 413, 415 or 400 if it is not what {@code shape} reads
     */
    public <T> T json(Function<JsonFields, T> shape) {
        return JsonFields.read(Bodies.json(request), shape);
    }

    /**
     * Takes the body of a call that wants nothing: there is none, or an empty object.
     *
     * @throws ProblemException with a 413, 415 or 400 if it is anything else
     */
    public void nothing() {
        if (!Bodies.absent(request)) {
            json(fields -> fields);
        }
    }

    private static String decode(String name, String coded) {
        ByteBuffer bytes = ByteBuffer.allocate(coded.length());
        for (int index = 0; index < coded.length(); index++) {
            char letter = coded.charAt(index);
            if (letter != '%') {
                bytes.put((byte) (letter == '+' ? ' ' : letter < 0x80 ? letter : 0xFF));
                continue;
            }
            int high = index + 2 < coded.length() ? Character.digit(coded.charAt(index + 1), 16) : -1;
            int low = index + 2 < coded.length() ? Character.digit(coded.charAt(index + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw badQuery(name);
            }
            bytes.put((byte) (high << 4 | low));
            index += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw badQuery(name);
        }
    }

    private static ProblemException badQuery(String name) {
        return new ProblemException(Problem.malformedQuery(name, "bad-query-parameter"));
    }
}

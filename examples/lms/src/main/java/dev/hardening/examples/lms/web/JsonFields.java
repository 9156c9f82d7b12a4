package dev.hardening.examples.lms.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The fields of one JSON object that came from outside, read into a record by a function that names every field it
 * wants; a field that nobody asked for is refused.
 *
 * <p>Refused with a 400 that names the field and the rule, never the value: bytes that are not UTF-8, anything but one
 * object, anything after it, duplicate names, nested values, unknown and missing fields, values of another type,
 * {@code null}, NUL characters and lone surrogates (which the database or the next parser would read differently; OWASP
 * ASVS 5.0, 1.5.3). Never coerced: {@code "5"} is not a number and {@code 5} is not a string.
 */
public final class JsonFields {
    private static final Object MISSING = new Object();
    private static final Object OTHER = new Object();
    private static final int MAX_FIELDS = 32;
    private static final int MAX_NUMBER = 32;
    private static final Pattern REPEATABLE = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,39}");
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(Bodies.MAX_BYTES)
                    .maxStringLength(Bodies.MAX_BYTES)
                    .maxNestingDepth(2)
                    .maxNameLength(64)
                    .maxNumberLength(MAX_NUMBER)
                    .build())
            .build();

    private final Map<String, Object> values;
    private final Set<String> asked = new HashSet<>();

    private JsonFields(Map<String, Object> values) {
        this.values = values;
    }

    /**
     * Reads one object.
     *
     * @param body all bytes of the body
     * @param shape asks for each field it knows, once
     * @return what {@code shape} made of it
     * @throws ProblemException with a 400 for anything that is not exactly such an object
     */
    public static <T> T read(byte[] body, Function<JsonFields, T> shape) {
        JsonFields fields = new JsonFields(parse(decode(body)));
        T value = shape.apply(fields);
        for (String name : fields.values.keySet()) {
            if (!fields.asked.contains(name)) {
                throw malformed(name, "unknown-field");
            }
        }
        return value;
    }

    /** A string that must be there. */
    public String text(String name) {
        return optionalText(name).orElseThrow(() -> malformed(name, "missing"));
    }

    /** A string that may be left out; {@code null} is not the same as left out. */
    public Optional<String> optionalText(String name) {
        Object value = take(name);
        if (value == MISSING) {
            return Optional.empty();
        }
        if (value instanceof String text) {
            return Optional.of(text);
        }
        throw malformed(name, "not-a-string");
    }

    /** A string that must be there and not be empty, kept out of every log. */
    public Secret secret(String name) {
        String value = text(name);
        if (value.isEmpty()) {
            throw malformed(name, "empty");
        }
        return Secret.of(value);
    }

    /** A string or a number that must be there. */
    public <T> T textOrNumber(String name, Function<String, T> text, Function<BigDecimal, T> number) {
        Object value = take(name);
        if (value instanceof String string) {
            return text.apply(string);
        }
        if (value instanceof BigDecimal decimal) {
            return number.apply(decimal);
        }
        throw malformed(name, value == MISSING ? "missing" : "not-a-string-or-number");
    }

    private Object take(String name) {
        asked.add(name);
        return values.getOrDefault(name, MISSING);
    }

    /** Decoded before it is parsed: jackson lets some forms through that are not UTF-8, such as coded surrogates. */
    private static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw malformed("", "not-utf-8");
        }
    }

    private static Map<String, Object> parse(String document) {
        try (JsonParser parser = FACTORY.createParser(document)) {
            return parse(parser);
        } catch (IOException unreadable) {
            throw malformed("", "not-json");
        }
    }

    private static Map<String, Object> parse(JsonParser parser) throws IOException {
        try {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw malformed("", "not-an-object");
            }
            Map<String, Object> values = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                put(values, parser);
            }
            if (parser.nextToken() != null) {
                throw malformed("", "trailing-content");
            }
            return values;
        } catch (StreamConstraintsException tooMuch) {
            throw malformed(where(parser), "too-large");
        } catch (JsonProcessingException notJson) {
            throw malformed(where(parser), "not-json");
        }
    }

    private static void put(Map<String, Object> values, JsonParser parser) throws IOException {
        String name = parser.currentName();
        parser.nextToken();
        // Detected here and not by the parser, so that the answer can name the field.
        if (values.put(checked(name), value(parser, name)) != null) {
            throw malformed(name, "duplicate-field");
        }
        if (values.size() > MAX_FIELDS) {
            throw malformed("", "too-many-fields");
        }
    }

    private static String where(JsonParser parser) throws IOException {
        String name = parser.currentName();
        return name == null ? "" : name;
    }

    private static Object value(JsonParser parser, String name) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_STRING) {
            String text = parser.getText();
            if (!wellFormed(text)) {
                throw malformed(name, "forbidden-character");
            }
            return text;
        }
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            return parser.getDecimalValue();
        }
        if (token.isScalarValue()) {
            return OTHER;
        }
        throw malformed(name, "nested");
    }

    private static String checked(String name) {
        if (!wellFormed(name)) {
            throw malformed("", "forbidden-character");
        }
        return name;
    }

    private static boolean wellFormed(String text) {
        return text.codePoints().noneMatch(point -> point == 0 || Character.getType(point) == Character.SURROGATE);
    }

    private static ProblemException malformed(String field, String rule) {
        String repeatable = REPEATABLE.matcher(field).matches() ? field : "";
        return new ProblemException(Problem.malformed(repeatable, rule));
    }
}

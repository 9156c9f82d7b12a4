package dev.hardening.auth.token;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads one JSON object as every other reader would, or not at all.
 *
 * <p>Refused: malformed UTF-8, a byte order mark, duplicate names, lone surrogates, more than 8 levels, anything behind
 * the object. What is read is one of {@code String}, {@code Long}, {@code Boolean}, {@code List}, {@code Map} and
 * {@link Other}; a number that is not a plain integer of at most 18 digits is never converted, so that none can be
 * expensive (RFC 8725, sections 3.4 and 3.7).
 */
final class StrictJson {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_DIGITS = 18;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private StrictJson() {}

    /** Values that no rule of ours accepts anywhere. */
    enum Other {
        /** {@code null}. */
        NULL,
        /** A fraction, an exponent or too many digits. */
        NUMBER
    }

    /** Reads the object; empty if it is not one. */
    static Optional<Map<String, Object>> object(byte[] utf8) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            return read(text);
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    private static Optional<Map<String, Object>> read(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            Map<String, Object> object = members(parser);
            return parser.nextToken() == null ? Optional.of(object) : Optional.empty();
        } catch (IOException malformed) {
            return Optional.empty();
        }
    }

    private static Map<String, Object> members(JsonParser parser) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = wellFormed(parser.currentName());
            members.put(name, value(parser, parser.nextToken()));
        }
        return Collections.unmodifiableMap(members);
    }

    private static List<Object> elements(JsonParser parser) throws IOException {
        List<Object> elements = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            elements.add(value(parser, token));
        }
        return Collections.unmodifiableList(elements);
    }

    private static Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> wellFormed(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_OBJECT -> members(parser);
            case START_ARRAY -> elements(parser);
            case VALUE_NUMBER_FLOAT -> Other.NUMBER;
            default -> Other.NULL;
        };
    }

    private static Object integer(String digits) {
        return digits.length() <= MAX_DIGITS ? (Object) Long.valueOf(digits) : Other.NUMBER;
    }

    private static String wellFormed(String text) throws IOException {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new CharacterCodingException();
        }
        return text;
    }
}

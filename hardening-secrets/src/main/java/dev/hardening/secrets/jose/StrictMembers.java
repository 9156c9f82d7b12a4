package dev.hardening.secrets.jose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a JSON object whose members are texts, but for one that may be such an object itself.
 *
 * <p>Nothing that is allowed in a header or key of ours is a number, an array or a truth value, so none is ever
 * converted: {@code "p2c":2147483648} ends here. Refused too: malformed UTF-8, duplicate names, more members or levels
 * than there can be, anything behind the object (RFC 8725, sections 3.4 and 3.7).
 */
final class StrictMembers {
    private static final int MAX_DEPTH = 2;
    private static final int MAX_MEMBERS = 16;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private StrictMembers() {}

    /** The members; those of the object {@code nested} are named {@code nested.member}. */
    static Optional<Map<String, String>> read(byte[] utf8, String nested) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            return read(text, nested);
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    private static Optional<Map<String, String>> read(String text, String nested) {
        try (JsonParser parser = JSON.createParser(text)) {
            Map<String, String> members = new LinkedHashMap<>();
            boolean whole = parser.nextToken() == JsonToken.START_OBJECT
                    && members(parser, "", nested, members)
                    && parser.nextToken() == null;
            return whole ? Optional.of(members) : Optional.empty();
        } catch (IOException malformed) {
            return Optional.empty();
        }
    }

    private static boolean members(JsonParser parser, String prefix, String nested, Map<String, String> into)
            throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean inner = value == JsonToken.START_OBJECT && prefix.isEmpty() && name.equals(nested);
            // A dot in a name could pass for a member of the inner object.
            boolean known = name.indexOf('.') < 0
                    && into.size() < MAX_MEMBERS
                    && (inner ? members(parser, nested + ".", nested, into) : value == JsonToken.VALUE_STRING);
            if (!known) {
                return false;
            }
            if (!inner) {
                into.put(prefix + name, parser.getText());
            }
        }
        return parser.currentToken() == JsonToken.END_OBJECT;
    }
}

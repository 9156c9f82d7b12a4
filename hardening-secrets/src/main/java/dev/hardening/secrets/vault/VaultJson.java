package dev.hardening.secrets.vault;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads what Vault answers: strict, bounded, and without pools of buffers in which a value would outlive its use.
 *
 * <p>What it throws says nothing of the document, since the parser's own messages may quote it.
 */
final class VaultJson {
    static final int LIMIT = 1 << 20;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(LIMIT)
                    .maxStringLength(LIMIT)
                    .maxNumberLength(32)
                    .maxNestingDepth(16)
                    .maxNameLength(512)
                    .build())
            .build();

    private VaultJson() {}

    /** Takes one field; the parser stands at its value and must stand at the end of it afterwards. */
    interface Field {
        void read(String name, JsonParser json) throws IOException;
    }

    /** Walks the fields of the object {@code data} that every answer of Vault has. */
    static void data(byte[] body, Field field) throws IOException {
        try (JsonParser json = JSON.createParser(body)) {
            expect(json.nextToken() == JsonToken.START_OBJECT);
            fields(json, (name, top) -> {
                if (name.equals("data")) {
                    expect(top.currentToken() == JsonToken.START_OBJECT);
                    fields(top, field);
                } else {
                    top.skipChildren();
                }
            });
            expect(json.nextToken() == null);
        } catch (IOException malformed) {
            throw new IOException("malformed");
        }
    }

    static void fields(JsonParser json, Field field) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            field.read(name, json);
        }
        expect(json.currentToken() == JsonToken.END_OBJECT);
    }

    /** The text at which the parser stands, by way of arrays that are wiped; not empty. */
    static Secret text(JsonParser json) throws IOException {
        expect(json.currentToken() == JsonToken.VALUE_STRING && json.getTextLength() > 0);
        char[] shared = json.getTextCharacters();
        int from = json.getTextOffset();
        int to = from + json.getTextLength();
        Secret text = Secret.of(Arrays.copyOfRange(shared, from, to));
        Arrays.fill(shared, from, to, '\0');
        return text;
    }

    /** Whether one of the errors says that the thing asked for is not there; what else it says stays unread. */
    static boolean saysNotFound(byte[] body) {
        boolean found = false;
        try (JsonParser json = JSON.createParser(body)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                found |= token == JsonToken.VALUE_STRING && json.getText().endsWith("not found");
            }
            return found;
        } catch (IOException malformed) {
            return false;
        }
    }

    static void expect(boolean condition) throws IOException {
        if (!condition) {
            throw new IOException("malformed");
        }
    }
}

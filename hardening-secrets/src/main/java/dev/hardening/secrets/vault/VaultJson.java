package dev.hardening.secrets.vault;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

    /** What Vault has against a request, as far as anybody has to know; what else it says stays unread. */
    enum Complaint {
        /** The thing asked for is not there. */
        NOT_FOUND,
        /** Anything else. */
        OTHER,
        /** Not Vault's way to complain: somebody in front of it answered. */
        FOREIGN
    }

    /** Reads {@code {"errors":["..."]}}, the one form in which Vault complains. */
    static Complaint complaint(byte[] body) {
        List<String> errors = new ArrayList<>();
        try (JsonParser json = JSON.createParser(body)) {
            expect(json.nextToken() == JsonToken.START_OBJECT);
            fields(json, (name, top) -> {
                if (name.equals("errors")) {
                    texts(top, errors);
                } else {
                    top.skipChildren();
                }
            });
            expect(json.nextToken() == null);
        } catch (IOException malformed) {
            return Complaint.FOREIGN;
        }
        if (errors.isEmpty()) {
            return Complaint.FOREIGN;
        }
        return errors.stream().anyMatch(error -> error.endsWith("not found")) ? Complaint.NOT_FOUND : Complaint.OTHER;
    }

    private static void texts(JsonParser json, List<String> into) throws IOException {
        expect(json.currentToken() == JsonToken.START_ARRAY);
        while (json.nextToken() == JsonToken.VALUE_STRING) {
            into.add(json.getText());
        }
        expect(json.currentToken() == JsonToken.END_ARRAY);
    }

    static void expect(boolean condition) throws IOException {
        if (!condition) {
            throw new IOException("malformed");
        }
    }
}

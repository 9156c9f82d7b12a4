package dev.hardening.secrets.ring;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes and reads the JSON of a ring, format {@code hardening-key-ring/1}.
 *
 * <p>Reading is strict and bounded: every field must be there once, no other may, in the order and spelling in which it
 * is written, and what is too large or too deep is refused unread. Whether the content is genuine is for {@link RingSeal} to say.
 */
final class RingCodec {
    static final String FORMAT = "hardening-key-ring/1";
    static final int LIMIT = 1 << 20;
    private static final int LONGEST_TEXT = 4096;
    private static final Set<String> HEADER = Set.of("format", "ring", "kind", "version", "kek", "mac");
    private static final Set<String> ENTRY = Set.of("id", "state", "created", "changed", "wrapped", "public");
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(LIMIT)
                    .maxStringLength(LONGEST_TEXT)
                    .maxNumberLength(19)
                    .maxNestingDepth(3)
                    .maxNameLength(16)
                    .build())
            .build();

    private RingCodec() {}

    /** A document and the code that is to prove it. */
    record Sealed(RingDocument document, String mac) {}

    /** Says that the bytes are no ring; the message holds nothing of them. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    static byte[] write(Sealed sealed) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RingDocument document = sealed.document();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("format", FORMAT);
            json.writeStringField("ring", document.ring());
            json.writeStringField("kind", document.kind().name());
            json.writeStringField("version", Long.toString(document.version()));
            json.writeStringField("kek", document.sealId());
            json.writeArrayFieldStart("keys");
            for (RingEntry entry : document.keys()) {
                write(json, entry);
            }
            json.writeEndArray();
            json.writeStringField("mac", sealed.mac());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, RingEntry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", entry.id());
        json.writeStringField("state", entry.state().name());
        json.writeStringField("created", entry.created().toString());
        json.writeStringField("changed", entry.changed().toString());
        json.writeStringField("wrapped", entry.wrapped());
        json.writeStringField("public", entry.publicKey());
        json.writeEndObject();
    }

    static Sealed read(byte[] bytes) throws MalformedException {
        if (bytes.length > LIMIT) {
            throw new MalformedException("larger than " + LIMIT + " bytes");
        }
        try (JsonParser json = JSON.createParser(bytes)) {
            Map<String, String> header = new HashMap<>();
            List<RingEntry> keys = new ArrayList<>();
            expect(json.nextToken() == JsonToken.START_OBJECT, "not an object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                if (json.currentName().equals("keys")) {
                    readKeys(json, keys);
                } else {
                    readText(json, header, HEADER);
                }
            }
            expect(json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null, "not one object");
            return canonical(sealed(header, keys), bytes);
        } catch (IOException | IllegalArgumentException | DateTimeException malformed) {
            // The parser's own message may quote the document.
            throw new MalformedException(
                    "not well formed: " + malformed.getClass().getSimpleName());
        }
    }

    /** Only what we would write ourselves is taken, so that not one byte can be changed, not even without effect. */
    private static Sealed canonical(Sealed read, byte[] bytes) throws MalformedException {
        expect(Arrays.equals(write(read), bytes), "not in the form in which it is written");
        return read;
    }

    private static void readKeys(JsonParser json, List<RingEntry> keys) throws IOException, MalformedException {
        expect(json.nextToken() == JsonToken.START_ARRAY, "keys is not an array");
        while (json.nextToken() == JsonToken.START_OBJECT) {
            Map<String, String> fields = new HashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                readText(json, fields, ENTRY);
            }
            expect(fields.size() == ENTRY.size(), "a key lacks a field");
            keys.add(entry(fields));
        }
        expect(json.currentToken() == JsonToken.END_ARRAY, "keys holds something else");
        expect(keys.size() <= RingDocument.MOST_KEYS, "too many keys");
    }

    private static void readText(JsonParser json, Map<String, String> into, Set<String> known)
            throws IOException, MalformedException {
        String field = json.currentName();
        expect(known.contains(field), "an unknown field");
        expect(json.nextToken() == JsonToken.VALUE_STRING, "a field is not a string");
        into.put(field, json.getText());
    }

    private static RingEntry entry(Map<String, String> fields) throws MalformedException {
        return new RingEntry(
                field(fields, "id"),
                KeyState.valueOf(field(fields, "state")),
                Instant.parse(field(fields, "created")),
                Instant.parse(field(fields, "changed")),
                field(fields, "wrapped"),
                field(fields, "public"));
    }

    private static Sealed sealed(Map<String, String> header, List<RingEntry> keys) throws MalformedException {
        expect(FORMAT.equals(header.get("format")), "not in format " + FORMAT);
        RingDocument document = new RingDocument(
                field(header, "ring"),
                KeyKind.valueOf(field(header, "kind")),
                Long.parseLong(field(header, "version")),
                field(header, "kek"),
                keys);
        return new Sealed(document, field(header, "mac"));
    }

    private static String field(Map<String, String> fields, String name) throws MalformedException {
        String value = fields.get(name);
        if (value == null) {
            throw new MalformedException("the field " + name + " is missing");
        }
        return value;
    }

    private static void expect(boolean condition, String fault) throws MalformedException {
        if (!condition) {
            throw new MalformedException(fault);
        }
    }
}

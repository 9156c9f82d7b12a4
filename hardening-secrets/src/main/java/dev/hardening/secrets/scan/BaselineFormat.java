package dev.hardening.secrets.scan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.hardening.secrets.SecretsConfigurationException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes and reads the JSON of a baseline, format {@code hardening-baseline/1}; reading is bounded and strict. */
final class BaselineFormat {
    static final String FORMAT = "hardening-baseline/1";

    private static final int LONGEST_PATH = 4096;
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(LONGEST_PATH)
                    .maxNumberLength(9)
                    .maxNestingDepth(3)
                    .maxNameLength(16)
                    .build())
            .build();

    private BaselineFormat() {}

    static String write(Baseline baseline) {
        StringWriter text = new StringWriter();
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
        try (JsonGenerator json = JSON.createGenerator(text).setPrettyPrinter(printer)) {
            json.writeStartObject();
            json.writeStringField("format", FORMAT);
            json.writeStringField("salt", HexFormat.of().formatHex(baseline.salt()));
            json.writeNumberField("rounds", baseline.rounds());
            json.writeArrayFieldStart("secrets");
            for (Baseline.Entry entry : baseline.entries()) {
                json.writeStartObject();
                json.writeStringField("path", entry.path());
                json.writeStringField("rule", entry.rule());
                json.writeStringField("fingerprint", entry.fingerprint());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return text.append('\n').toString();
    }

    static Baseline read(byte[] bytes, Path file) {
        Map<String, String> header = new HashMap<>();
        List<Baseline.Entry> entries = new ArrayList<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            expect(json.nextToken() == JsonToken.START_OBJECT, file);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (name.equals("secrets")) {
                    expect(value == JsonToken.START_ARRAY, file);
                    entries(json, entries, file);
                } else {
                    expect(value.isScalarValue(), file);
                    header.put(name, json.getText());
                }
            }
            expect(json.nextToken() == null, file);
        } catch (IOException malformed) {
            throw refused(file, "is not a baseline");
        }
        expect(FORMAT.equals(header.get("format")), file);
        return new Baseline(salt(header, file), rounds(header, file), entries);
    }

    private static void entries(JsonParser json, List<Baseline.Entry> entries, Path file) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json.currentToken() == JsonToken.START_OBJECT, file);
            Map<String, String> fields = new HashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                expect(json.nextToken() == JsonToken.VALUE_STRING, file);
                fields.put(name, json.getText());
            }
            String fingerprint = fields.getOrDefault("fingerprint", "");
            String path = fields.getOrDefault("path", "");
            expect(!path.isEmpty() && path.indexOf('\0') < 0 && fields.containsKey("rule"), file);
            expect(FINGERPRINT.matcher(fingerprint).matches(), file);
            entries.add(new Baseline.Entry(fields.getOrDefault("rule", ""), path, fingerprint));
        }
    }

    private static byte[] salt(Map<String, String> header, Path file) {
        String salt = header.getOrDefault("salt", "");
        expect(FINGERPRINT.matcher(salt).matches(), file);
        return HexFormat.of().parseHex(salt);
    }

    /** Few rounds would give the secrets away, many would never end. */
    private static int rounds(Map<String, String> header, Path file) {
        int rounds;
        try {
            rounds = Integer.parseInt(header.getOrDefault("rounds", ""));
        } catch (NumberFormatException malformed) {
            throw refused(file, "has no number of rounds");
        }
        if (rounds < Baseline.LEAST_ROUNDS || rounds > Baseline.MOST_ROUNDS) {
            throw refused(
                    file,
                    "must have " + Baseline.LEAST_ROUNDS + " to " + Baseline.MOST_ROUNDS + " rounds, got " + rounds);
        }
        return rounds;
    }

    private static void expect(boolean holds, Path file) {
        if (!holds) {
            throw refused(file, "is not a baseline");
        }
    }

    private static SecretsConfigurationException refused(Path file, String reason) {
        return new SecretsConfigurationException(List.of("the file " + file + " " + reason));
    }
}

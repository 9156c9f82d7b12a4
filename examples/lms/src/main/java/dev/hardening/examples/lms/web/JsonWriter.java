package dev.hardening.examples.lms.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Writes one JSON object in UTF-8, field by field.
 *
 * <p>A lone surrogate is written as {@code U+FFFD} by the encoder; nothing that was read strictly holds one. Not safe
 * for many threads.
 */
public final class JsonWriter {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private final JsonGenerator generator;

    private JsonWriter(JsonGenerator generator) {
        this.generator = generator;
    }

    /** Renders one object whose fields {@code content} writes. */
    public static byte[] render(Consumer<JsonWriter> content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            object(new JsonWriter(generator), content);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /** Writes a string. */
    public JsonWriter text(String name, String value) {
        return write(() -> generator.writeStringField(name, value));
    }

    /** Writes a whole number. */
    public JsonWriter number(String name, long value) {
        return write(() -> generator.writeNumberField(name, value));
    }

    /** Writes a decimal number without an exponent. */
    public JsonWriter number(String name, BigDecimal value) {
        return write(() -> {
            generator.writeFieldName(name);
            generator.writeNumber(value.toPlainString());
        });
    }

    /** Writes an array of strings. */
    public JsonWriter texts(String name, Collection<String> values) {
        return write(() -> {
            generator.writeArrayFieldStart(name);
            for (String value : values) {
                generator.writeString(value);
            }
            generator.writeEndArray();
        });
    }

    /** Writes an array of objects, each of which {@code content} fills. */
    public <T> JsonWriter items(String name, Collection<T> items, BiConsumer<JsonWriter, T> content) {
        return write(() -> {
            generator.writeArrayFieldStart(name);
            for (T item : items) {
                object(this, json -> content.accept(json, item));
            }
            generator.writeEndArray();
        });
    }

    private static void object(JsonWriter json, Consumer<JsonWriter> content) throws IOException {
        json.generator.writeStartObject();
        content.accept(json);
        json.generator.writeEndObject();
    }

    private JsonWriter write(Step step) {
        try {
            step.run();
            return this;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private interface Step {
        void run() throws IOException;
    }
}

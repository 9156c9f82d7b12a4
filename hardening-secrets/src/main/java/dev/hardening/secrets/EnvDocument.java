package dev.hardening.secrets;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The bytes of an env file and where in them each value stands; topping up only inserts. */
final class EnvDocument {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final byte[] UNIX = {'\n'};
    private static final byte[] WINDOWS = {'\r', '\n'};

    private final byte[] bytes;
    private final Map<String, Entry> entries;
    private final List<EnvFile.Finding> findings;

    EnvDocument(byte[] bytes, Map<String, Entry> entries, List<EnvFile.Finding> findings) {
        this.bytes = bytes;
        this.entries = entries;
        this.findings = findings;
    }

    /** Where a value stands: from the first byte to the one behind the last. */
    record Entry(int from, int to) {}

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static EnvDocument parse(byte[] bytes) {
        return new EnvParser(bytes.clone()).parse();
    }

    List<EnvFile.Finding> findings() {
        return findings;
    }

    Optional<Secret> find(String name) {
        return Optional.ofNullable(entries.get(name))
                .filter(entry -> entry.from() < entry.to())
                .map(entry -> Secret.of(Arrays.copyOfRange(bytes, entry.from(), entry.to())));
    }

    /** Gives each name its value: in the place left empty for it, otherwise in a new line at the end. */
    byte[] with(Map<String, Secret> values) {
        Map<Integer, Secret> places = new TreeMap<>();
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        if (bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
            tail.writeBytes(lineEnd());
        }
        values.forEach((name, value) -> {
            Entry empty = entries.get(name);
            if (empty != null) {
                places.put(empty.from(), value);
            } else {
                append(tail, name, value);
            }
        });
        return join(places, tail.toByteArray());
    }

    private void append(ByteArrayOutputStream tail, String name, Secret value) {
        tail.writeBytes((name + "=").getBytes(StandardCharsets.US_ASCII));
        tail.writeBytes(value.use(byte[]::clone));
        tail.writeBytes(lineEnd());
    }

    private byte[] join(Map<Integer, Secret> places, byte[] tail) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int done = 0;
        for (Map.Entry<Integer, Secret> place : places.entrySet()) {
            joined.write(bytes, done, place.getKey() - done);
            joined.writeBytes(place.getValue().use(byte[]::clone));
            done = place.getKey();
        }
        joined.write(bytes, done, bytes.length - done);
        // A file that lacks only values in their places gets no new line end.
        if (tail.length > lineEnd().length) {
            joined.writeBytes(tail);
        }
        return joined.toByteArray();
    }

    private byte[] lineEnd() {
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                return at > 0 && bytes[at - 1] == '\r' ? WINDOWS : UNIX;
            }
        }
        return UNIX;
    }
}

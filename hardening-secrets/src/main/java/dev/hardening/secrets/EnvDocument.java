package dev.hardening.secrets;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The bytes of an env file and where in them each value stands.
 *
 * <p>Topping up only inserts. Rotation replaces the bytes of a value and leaves its quotes, so that the line is read as
 * before; the earlier value moves, quotes and all, to {@code NAME_PREVIOUS} in the line below.
 */
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

    /**
     * Where a variable stands: its line, its name, and its value from the first byte to the one behind the last, without
     * and with its quotes.
     */
    record Entry(int line, int name, int from, int to, int rawFrom, int rawTo) {}

    /** Bytes that take the place of others; nothing is replaced where {@code from} is {@code to}. */
    private static final class Edit {
        private final int from;
        private final int to;
        private final byte[] bytes;

        Edit(int from, int to, byte[] bytes) {
            this.from = from;
            this.to = to;
            this.bytes = bytes;
        }
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static EnvDocument parse(byte[] bytes) {
        return new EnvParser(bytes.clone()).parse();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    List<EnvFile.Finding> findings() {
        return findings;
    }

    List<String> names() {
        return List.copyOf(entries.keySet());
    }

    Optional<Secret> find(String name) {
        return Optional.ofNullable(entries.get(name))
                .filter(entry -> entry.from() < entry.to())
                .map(entry -> Secret.of(Arrays.copyOfRange(bytes, entry.from(), entry.to())));
    }

    /** Gives each name its value: in the place left empty for it, otherwise in a new line at the end. */
    byte[] with(Map<String, Secret> values) {
        List<Edit> edits = new ArrayList<>();
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        values.forEach((name, value) -> {
            Entry empty = entries.get(name);
            if (empty != null) {
                edits.add(new Edit(empty.from(), empty.from(), value.use(byte[]::clone)));
            } else {
                tail.writeBytes((name + "=").getBytes(StandardCharsets.US_ASCII));
                tail.writeBytes(value.use(byte[]::clone));
                tail.writeBytes(lineEnd());
            }
        });
        // A file that lacks only values in their places gets no new line end.
        if (tail.size() > 0 && bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
            edits.add(new Edit(bytes.length, bytes.length, lineEnd()));
        }
        edits.add(new Edit(bytes.length, bytes.length, tail.toByteArray()));
        return applied(edits);
    }

    /** Replaces the value of a name that has one. */
    byte[] rotated(String name, Secret value) {
        return applied(List.of(replacement(name, value)));
    }

    /** Replaces the value of a name that has one, and keeps the earlier one under another name. */
    byte[] rotated(String name, Secret value, String previous) {
        Entry entry = Objects.requireNonNull(entries.get(name));
        byte[] earlier = Arrays.copyOfRange(bytes, entry.rawFrom(), entry.rawTo());
        Entry kept = entries.get(previous);
        if (kept != null) {
            return applied(List.of(replacement(name, value), new Edit(kept.rawFrom(), kept.rawTo(), earlier)));
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes(lineEnd());
        line.write(bytes, entry.line(), entry.name() - entry.line());
        line.writeBytes((previous + "=").getBytes(StandardCharsets.US_ASCII));
        line.writeBytes(earlier);
        return applied(List.of(replacement(name, value), new Edit(entry.rawTo(), entry.rawTo(), line.toByteArray())));
    }

    private Edit replacement(String name, Secret value) {
        Entry entry = Objects.requireNonNull(entries.get(name));
        return new Edit(entry.from(), entry.to(), value.use(byte[]::clone));
    }

    private byte[] applied(List<Edit> edits) {
        List<Edit> inOrder = new ArrayList<>(edits);
        inOrder.sort(Comparator.comparingInt(edit -> edit.from));
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int done = 0;
        for (Edit edit : inOrder) {
            joined.write(bytes, done, edit.from - done);
            joined.writeBytes(edit.bytes);
            done = edit.to;
        }
        joined.write(bytes, done, bytes.length - done);
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

package dev.hardening.secrets;

import java.nio.ByteBuffer;
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
 *
 * <p>It owns its bytes, and whoever has another one in its place wipes it.
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

    static String checkedName(String name) {
        if (!isName(Objects.requireNonNull(name, "name"))) {
            throw new IllegalArgumentException(
                    "name must be letters, digits and underscores, 128 at most, got \"" + name + "\"");
        }
        return name;
    }

    /** Takes the bytes over. */
    static EnvDocument parse(byte[] bytes) {
        return new EnvParser(bytes).parse();
    }

    /** The bytes themselves, to be written and not kept. */
    byte[] bytes() {
        return bytes;
    }

    void wipe() {
        Arrays.fill(bytes, (byte) 0);
    }

    List<EnvFile.Finding> findings() {
        return findings;
    }

    List<String> names() {
        return List.copyOf(entries.keySet());
    }

    boolean has(String name) {
        Entry entry = entries.get(name);
        return entry != null && entry.from() < entry.to();
    }

    Optional<Secret> find(String name) {
        return Optional.ofNullable(entries.get(name))
                .filter(entry -> entry.from() < entry.to())
                .map(entry -> Secret.of(Arrays.copyOfRange(bytes, entry.from(), entry.to())));
    }

    /** Gives each name its value: in the place left empty for it, otherwise in a new line at the end. */
    byte[] with(Map<String, Secret> values) {
        List<Edit> edits = new ArrayList<>();
        List<Edit> tail = new ArrayList<>();
        values.forEach((name, value) -> {
            Entry empty = entries.get(name);
            if (empty != null) {
                edits.add(insertion(empty.from(), value.use(byte[]::clone)));
            } else {
                tail.add(insertion(bytes.length, (name + "=").getBytes(StandardCharsets.US_ASCII)));
                tail.add(insertion(bytes.length, value.use(byte[]::clone)));
                tail.add(insertion(bytes.length, lineEnd()));
            }
        });
        // A file that lacks only values in their places gets no new line end.
        if (!tail.isEmpty() && bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
            edits.add(insertion(bytes.length, lineEnd()));
        }
        edits.addAll(tail);
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
        return applied(List.of(
                replacement(name, value),
                insertion(entry.rawTo(), lineEnd()),
                insertion(entry.rawTo(), Arrays.copyOfRange(bytes, entry.line(), entry.name())),
                insertion(entry.rawTo(), (previous + "=").getBytes(StandardCharsets.US_ASCII)),
                insertion(entry.rawTo(), earlier)));
    }

    private Edit replacement(String name, Secret value) {
        Entry entry = Objects.requireNonNull(entries.get(name));
        return new Edit(entry.from(), entry.to(), value.use(byte[]::clone));
    }

    private static Edit insertion(int at, byte[] inserted) {
        return new Edit(at, at, inserted);
    }

    /** Joins what stays with what comes, edits at one place in the order in which they are listed; wipes the edits. */
    private byte[] applied(List<Edit> edits) {
        List<Edit> inOrder = new ArrayList<>(edits);
        inOrder.sort(Comparator.comparingInt(edit -> edit.from));
        int length = bytes.length;
        for (Edit edit : inOrder) {
            length += edit.bytes.length - (edit.to - edit.from);
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        int done = 0;
        for (Edit edit : inOrder) {
            joined.put(bytes, done, edit.from - done).put(edit.bytes);
            Arrays.fill(edit.bytes, (byte) 0);
            done = edit.to;
        }
        return joined.put(bytes, done, bytes.length - done).array();
    }

    private byte[] lineEnd() {
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                return at > 0 && bytes[at - 1] == '\r' ? WINDOWS.clone() : UNIX.clone();
            }
        }
        return UNIX.clone();
    }
}

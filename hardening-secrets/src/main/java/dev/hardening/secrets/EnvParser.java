package dev.hardening.secrets;

import dev.hardening.secrets.internal.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code NAME=value} lines as all dialects do, and reports where they part ways.
 *
 * <p>A <em>fault</em> is a line whose value depends on who reads it: {@code $}, a backslash or a {@code #} are literal
 * for one program and syntax for the next. A <em>warning</em> is a line that the parsers of env files agree on and that
 * only {@code docker --env-file} (which keeps quotes) or a shell (which has operators) reads otherwise.
 *
 * <p>A finding tells the line and quotes nothing of it, not even what stands before the {@code =}: behind a quote that
 * was not closed, or in a key of many lines, that is a part of a secret.
 */
final class EnvParser {
    private static final String FAULTS_BARE = "$\\`\"'# \t";
    private static final String FAULTS_DOUBLE = "$\\`";
    private static final String SHELL_OPERATORS = "&;|<>()*?[]!{}~";
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final byte[] bytes;
    private final Map<String, EnvDocument.Entry> entries = new LinkedHashMap<>();
    private final List<EnvFile.Finding> findings = new ArrayList<>();
    private int line;

    /** A value without its quotes, from its first byte to the one behind its last. */
    private record Span(int from, int to) {}

    EnvParser(byte[] bytes) {
        this.bytes = bytes;
    }

    EnvDocument parse() {
        checkEncoding();
        int from = 0;
        while (from < bytes.length) {
            line++;
            int end = indexOf((byte) '\n', from, bytes.length);
            boolean windows = end > from && end < bytes.length && bytes[end - 1] == '\r';
            parseLine(from, windows ? end - 1 : end);
            from = end + 1;
        }
        return new EnvDocument(bytes, entries, List.copyOf(findings));
    }

    private void checkEncoding() {
        line = 1;
        if (Arrays.equals(Arrays.copyOf(bytes, Math.min(bytes.length, 3)), BYTE_ORDER_MARK)) {
            fault("byte-order-mark", "the file starts with a byte order mark; remove it");
        }
        Utf8.characters(bytes)
                .ifPresentOrElse(
                        characters -> Arrays.fill(characters, '\0'), () -> fault("encoding", "the file is not UTF-8"));
        line = 0;
    }

    private void parseLine(int from, int to) {
        int start = skipBlanks(from, to);
        if (start == to) {
            return;
        }
        if (bytes[start] == '#') {
            checkComment(start, to);
            return;
        }
        int equals = indexOf((byte) '=', start, to);
        if (equals == to) {
            fault("no-assignment", "neither a comment nor NAME=value");
            return;
        }
        String name = new String(bytes, start, equals - start, StandardCharsets.UTF_8);
        if (name.startsWith("export ")) {
            warning("export", "docker --env-file, systemd and dotenv-java do not know export; remove it");
            name = name.substring("export ".length());
        }
        if (!EnvDocument.isName(name)) {
            fault("name", "the name must be letters, digits and underscores, with no space around it");
            return;
        }
        if (start > from) {
            warning("indent", "the name is indented; docker --env-file does not allow that");
        }
        Span value = value(equals + 1, to);
        EnvDocument.Entry entry =
                new EnvDocument.Entry(from, equals - name.length(), value.from(), value.to(), equals + 1, to);
        if (entries.putIfAbsent(name, entry) != null) {
            fault("duplicate-name", "the name is set in an earlier line too; remove one");
        }
    }

    /** Systemd before version 254 joins a comment with the next line; some readers end a line at a lone return. */
    private void checkComment(int from, int to) {
        if (bytes[to - 1] == '\\') {
            fault("comment-continued", "the comment ends in a backslash, which makes some read the next line as one");
        }
        checkControls("the comment", from, to);
    }

    private Span value(int from, int to) {
        if (from < to && (bytes[from] == '"' || bytes[from] == '\'')) {
            return quoted(from, to);
        }
        if (contains(FAULTS_BARE, from, to)) {
            fault("ambiguous-value", "the value holds a space, a quote or one of $ \\ ` #; quote it once, in '...'");
        } else if (contains(SHELL_OPERATORS, from, to)) {
            warning("shell-operator", "the value holds a character that a shell reads as an operator");
        }
        checkControls("the value", from, to);
        return new Span(from, to);
    }

    private Span quoted(int from, int to) {
        byte quote = bytes[from];
        int close = indexOf(quote, from + 1, to);
        if (close != to - 1) {
            fault("quote", "the value must end with the quote it starts with, on the same line, and hold no other");
            return new Span(to, to);
        }
        if (quote == '"' && contains(FAULTS_DOUBLE, from + 1, close)) {
            fault("ambiguous-value", "the value holds one of $ \\ ` in double quotes; use single quotes");
        } else {
            warning("quoted", "the value is quoted; docker --env-file keeps quotes, and dotenv-java single ones");
        }
        checkControls("the value", from + 1, close);
        return new Span(from + 1, close);
    }

    private void checkControls(String what, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] != '\t' && Character.isISOControl(bytes[at])) {
                fault("control-character", what + " holds a control character");
                return;
            }
        }
    }

    private int skipBlanks(int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private int indexOf(byte wanted, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    private boolean contains(String characters, int from, int to) {
        for (int at = from; at < to; at++) {
            if (characters.indexOf(bytes[at]) >= 0) {
                return true;
            }
        }
        return false;
    }

    private void fault(String rule, String message) {
        findings.add(new EnvFile.Finding(line, rule, true, message));
    }

    private void warning(String rule, String message) {
        findings.add(new EnvFile.Finding(line, rule, false, message));
    }
}

package dev.hardening.secrets.repository;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The lines of ours in a {@code .gitignore}: between two marks, at the end, and nowhere else.
 *
 * <p>Bytes are read one to one as ISO 8859-1, so that a file in any encoding comes out as it went in. The block takes
 * the line ends of the file, and is replaced where it stands when its lines have changed.
 */
final class IgnoreBlock {
    static final String BEGIN = "# >>> hardening-secrets: keep secrets out of git";
    static final String END = "# <<< hardening-secrets";
    private static final List<String> PATTERNS = List.of(
            ".env",
            ".env.*",
            "!.env.example",
            "!.env.sample",
            "!.env.template",
            "!.env.dist",
            "*.env",
            "secrets/",
            "*.key",
            "*.pem",
            "*.p8",
            "*.p12",
            "*.pfx",
            "*.jks",
            "*.jceks",
            "*.keystore",
            "*.jwk",
            "*.kdbx",
            "*.pass",
            "id_rsa",
            "id_ecdsa",
            "id_ed25519",
            ".*.tmp",
            ".*.lock",
            "!*.pub.pem");

    private final List<String> patterns;
    private final List<String> more;

    IgnoreBlock(List<String> more) {
        this.more = List.copyOf(more);
        List<String> all = new ArrayList<>(PATTERNS);
        all.addAll(more);
        patterns = List.copyOf(all);
    }

    List<String> patterns() {
        return patterns;
    }

    /** What was asked for beyond the common names. */
    List<String> more() {
        return more;
    }

    /** The file with the block as it should be, or empty if there is half a block, which only people can mend. */
    Optional<byte[]> in(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        String end = lineEnd(text);
        List<String> lines = lines(text);
        int begin = find(lines, BEGIN);
        int close = find(lines, END);
        if (twice(lines, BEGIN) || twice(lines, END) || (begin < 0) != (close < 0) || close < begin) {
            return Optional.empty();
        }
        String block = BEGIN + end + String.join(end, patterns) + end + END + end;
        String next;
        if (begin < 0) {
            String gap = text.isEmpty() ? "" : text.endsWith("\n") ? end : end + end;
            next = text + gap + block;
        } else {
            next = String.join("", lines.subList(0, begin))
                    + block
                    + String.join("", lines.subList(close + 1, lines.size()));
        }
        return Optional.of(next.getBytes(StandardCharsets.ISO_8859_1));
    }

    static boolean present(byte[] file) {
        return find(lines(new String(file, StandardCharsets.ISO_8859_1)), BEGIN) >= 0;
    }

    /** Lines with their ends, so that joining them gives the text again. */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            int next = end < 0 ? text.length() : end + 1;
            lines.add(text.substring(from, next));
            from = next;
        }
        return lines;
    }

    private static int find(List<String> lines, String mark) {
        for (int at = 0; at < lines.size(); at++) {
            if (lines.get(at).strip().equals(mark)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean twice(List<String> lines, String mark) {
        return lines.stream().filter(line -> line.strip().equals(mark)).count() > 1;
    }

    private static String lineEnd(String text) {
        int first = text.indexOf('\n');
        return first > 0 && text.charAt(first - 1) == '\r' ? "\r\n" : "\n";
    }
}

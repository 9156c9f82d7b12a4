package dev.hardening.audit.internal;

import java.util.Locale;

/**
 * Makes text harmless to a terminal, to a line reader and to a JSON reader, and says what it changed.
 *
 * <p>What JSON escapes anyway (below U+0020) stays. DEL, C1 controls, bidirectional controls, zero-width characters, line
 * and paragraph separators and the byte order mark become visible, as {@code <U+202E>}: RFC 8785 forbids to escape them
 * and a terminal or an editor would act on them (CWE-117, CWE-150). A lone surrogate becomes U+FFFD.
 *
 * @param text the text to store
 * @param escaped whether a character was spelled out
 * @param lossy whether a lone surrogate was replaced
 */
record SafeText(String text, boolean escaped, boolean lossy) {
    static SafeText of(String raw) {
        int first = firstUnsafe(raw);
        return first < 0 ? new SafeText(raw, false, false) : rewrite(raw, first);
    }

    private static int firstUnsafe(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char unit = raw.charAt(i);
            if (unit >= 0x7f && (Character.isSurrogate(unit) || unsafe(unit))) {
                return i;
            }
        }
        return -1;
    }

    private static SafeText rewrite(String raw, int first) {
        StringBuilder safe = new StringBuilder(raw.length() + 16).append(raw, 0, first);
        boolean escaped = false;
        boolean lossy = false;
        for (int i = first; i < raw.length(); ) {
            int point = raw.codePointAt(i);
            i += Character.charCount(point);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                safe.append('\ufffd');
                lossy = true;
            } else if (unsafe(point)) {
                safe.append("<U+").append(hex(point)).append('>');
                escaped = true;
            } else {
                safe.appendCodePoint(point);
            }
        }
        return new SafeText(safe.toString(), escaped, lossy);
    }

    private static String hex(int point) {
        String digits = Integer.toHexString(point).toUpperCase(Locale.ROOT);
        return "0".repeat(Math.max(0, 4 - digits.length())) + digits;
    }

    private static boolean unsafe(int point) {
        return within(point, 0x7f, 0x9f)
                || within(point, 0x200b, 0x200f)
                || within(point, 0x2028, 0x202e)
                || within(point, 0x2060, 0x206f)
                || within(point, 0xe0000, 0xe007f)
                || point == 0x061c
                || point == 0xfeff;
    }

    private static boolean within(int point, int first, int last) {
        return point >= first && point <= last;
    }
}

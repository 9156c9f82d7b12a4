package dev.hardening.secrets.scan;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Text of two or four bytes a character, told by its mark or by where its zero bytes stand, and read as UTF-8. */
final class WideText extends InputStream {
    private static final Charset UTF_32LE = Charset.forName("UTF-32LE");
    private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
    private static final int CHARACTERS = 4096;
    private static final int SHORTEST = 4;

    private final Reader reader;
    private final char[] characters = new char[CHARACTERS];
    private int carried;
    private byte[] octets = {};
    private int at;

    private WideText(InputStream in, Charset charset) {
        this.reader = new InputStreamReader(in, charset);
    }

    static InputStream utf8(InputStream in, Charset charset) {
        return new WideText(in, charset);
    }

    static Optional<Charset> charset(byte[] head) {
        if (starts(head, 0xff, 0xfe, 0, 0)) {
            return Optional.of(UTF_32LE);
        }
        if (starts(head, 0, 0, 0xfe, 0xff)) {
            return Optional.of(UTF_32BE);
        }
        if (starts(head, 0xff, 0xfe)) {
            return Optional.of(StandardCharsets.UTF_16LE);
        }
        if (starts(head, 0xfe, 0xff)) {
            return Optional.of(StandardCharsets.UTF_16BE);
        }
        return head.length < SHORTEST ? Optional.empty() : unmarked(head);
    }

    /** Where text is partly Latin a quarter of the high bytes or more are zero, and few of the low ones. */
    private static Optional<Charset> unmarked(byte[] head) {
        int pairs = head.length / 2;
        int first = zeros(head, 0);
        int second = zeros(head, 1);
        if (second * 4 >= pairs && first * 4 <= second) {
            return Optional.of(StandardCharsets.UTF_16LE);
        }
        return first * 4 >= pairs && second * 4 <= first ? Optional.of(StandardCharsets.UTF_16BE) : Optional.empty();
    }

    private static int zeros(byte[] head, int from) {
        int zeros = 0;
        for (int octet = from; octet < head.length; octet += 2) {
            zeros += head[octet] == 0 ? 1 : 0;
        }
        return zeros;
    }

    private static boolean starts(byte[] head, int... mark) {
        for (int octet = 0; octet < mark.length; octet++) {
            if (octet >= head.length || (head[octet] & 0xff) != mark[octet]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        return filled() ? octets[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!filled()) {
            return -1;
        }
        int count = Math.min(length, octets.length - at);
        System.arraycopy(octets, at, buffer, from, count);
        at += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    /** A character that is one half of a pair waits for the other half. */
    private boolean filled() throws IOException {
        while (at == octets.length) {
            int read = reader.read(characters, carried, CHARACTERS - carried);
            if (read < 0 && carried == 0) {
                return false;
            }
            int end = carried + Math.max(read, 0);
            boolean half = read >= 0 && Character.isHighSurrogate(characters[end - 1]);
            octets = new String(characters, 0, half ? end - 1 : end).getBytes(StandardCharsets.UTF_8);
            at = 0;
            carried = half ? 1 : 0;
            characters[0] = half ? characters[end - 1] : characters[0];
        }
        return true;
    }
}

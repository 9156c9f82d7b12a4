package dev.hardening.secrets.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Writes the textual form of certificates and keys (RFC 7468, strict form). */
public final class PemLines {
    private static final int LINE = 64;
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(LINE, new byte[] {'\n'});

    private PemLines() {}

    /**
     * Writes one block, without leaving a copy of it behind.
     *
     * @param label such as {@code PRIVATE KEY}
     * @param der what stands in the block
     * @return ASCII, each line with a line feed; the caller's to wipe
     */
    public static byte[] of(String label, byte[] der) {
        byte[] body = LINES.encode(der);
        byte[] begin = ("-----BEGIN " + label + "-----\n").getBytes(StandardCharsets.US_ASCII);
        byte[] end = ("\n-----END " + label + "-----\n").getBytes(StandardCharsets.US_ASCII);
        byte[] text = Arrays.copyOf(begin, begin.length + body.length + end.length);
        System.arraycopy(body, 0, text, begin.length, body.length);
        System.arraycopy(end, 0, text, begin.length + body.length, end.length);
        Arrays.fill(body, (byte) 0);
        return text;
    }
}

package dev.hardening.secrets.certificate;

import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes and cuts the textual form of certificates and keys (RFC 7468, strict form). */
final class PemText {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String KEY = "PRIVATE KEY";
    private static final int LINE = 64;
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]{1,40})-----\n([A-Za-z0-9+/=\n]{1,65536}+)-----END \\1-----\n");

    private PemText() {}

    /** A label and the bytes behind it. */
    static final class Block {
        private final String label;
        private final byte[] bytes;

        private Block(String label, byte[] bytes) {
            this.label = label;
            this.bytes = bytes;
        }

        String label() {
            return label;
        }

        byte[] bytes() {
            return bytes.clone();
        }
    }

    static String certificates(List<X509Certificate> chain) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : chain) {
            try {
                text.append(text(CERTIFICATE, LINES.encode(certificate.getEncoded())));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException("a certificate that was made has an encoding", impossible);
            }
        }
        return text.toString();
    }

    static Secret key(PrivateKey key) {
        byte[] encoded = key.getEncoded();
        byte[] base64 = LINES.encode(encoded);
        char[] text = new char[base64.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = (char) base64[i];
        }
        char[] whole = surrounded(text);
        Arrays.fill(encoded, (byte) 0);
        Arrays.fill(base64, (byte) 0);
        Arrays.fill(text, '\0');
        return Secret.of(whole);
    }

    private static char[] surrounded(char[] base64) {
        String begin = "-----BEGIN " + KEY + "-----\n";
        String end = "\n-----END " + KEY + "-----\n";
        char[] whole = Arrays.copyOf(begin.toCharArray(), begin.length() + base64.length + end.length());
        System.arraycopy(base64, 0, whole, begin.length(), base64.length);
        end.getChars(0, end.length(), whole, begin.length() + base64.length);
        return whole;
    }

    private static String text(String label, byte[] base64) {
        return "-----BEGIN " + label + "-----\n" + new String(base64, StandardCharsets.US_ASCII) + "\n-----END " + label
                + "-----\n";
    }

    /** The blocks of a file that holds nothing else; none if it holds something else or is damaged. */
    static List<Block> cut(byte[] file) {
        String text = new String(file, StandardCharsets.US_ASCII);
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        int end = 0;
        while (block.find() && block.start() == end) {
            end = block.end();
            try {
                blocks.add(new Block(
                        block.group(1),
                        Base64.getDecoder().decode(block.group(2).replace("\n", ""))));
            } catch (IllegalArgumentException damaged) {
                return List.of();
            }
        }
        return end == text.length() ? blocks : List.of();
    }
}

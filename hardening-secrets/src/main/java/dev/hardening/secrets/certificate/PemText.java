package dev.hardening.secrets.certificate;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.internal.PemLines;
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
                text.append(new String(PemLines.of(CERTIFICATE, certificate.getEncoded()), StandardCharsets.US_ASCII));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException("a certificate that was made has an encoding", impossible);
            }
        }
        return text.toString();
    }

    static Secret key(PrivateKey key) {
        byte[] encoded = key.getEncoded();
        Secret text = Secret.of(PemLines.of(KEY, encoded));
        Arrays.fill(encoded, (byte) 0);
        return text;
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

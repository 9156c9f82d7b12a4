package dev.hardening.secrets.scan;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells by first bytes that a file is a store of keys, of Java, PKCS#12 or KeePass, or a private key in DER. */
final class KeyStores {
    static final String DESCRIPTION = "A file of keys";

    private static final List<String> ENDINGS =
            List.of(".p12", ".pfx", ".jks", ".jceks", ".keystore", ".bks", ".kdbx", ".kdb", ".pkcs12", ".keytab");
    private static final byte[] JKS = {(byte) 0xfe, (byte) 0xed, (byte) 0xfe, (byte) 0xed};
    private static final byte[] JCEKS = {(byte) 0xce, (byte) 0xce, (byte) 0xce, (byte) 0xce};
    private static final byte[] KEEPASS = {3, (byte) 0xd9, (byte) 0xa2, (byte) 0x9a};
    private static final byte[] KEYTAB = {5, 2};
    private static final byte[] BKS = {0, 0, 0, 2, 0, 0, 0, 20};
    private static final byte[] OLD_BKS = {0, 0, 0, 1, 0, 0, 0, 20};
    private static final List<byte[]> MAGIC = List.of(JKS, JCEKS, KEEPASS, BKS, OLD_BKS);
    /** What stands in the outer sequence, as hexadecimal digits and dots for any, of which a certificate has nothing. */
    private static final Pattern DER_KEY = Pattern.compile(String.join(
            "|",
            // PKCS#12: version 3, content of type data
            "02010330(..|81..|82....|83......|80)06092a864886f70d010701",
            // PKCS#8: version 0 or 1, an algorithm
            "02010[01]30..06",
            // PKCS#8, encrypted: PBES2 or one of PKCS#12
            "30(..|81..)06092a864886f70d01050d",
            "30(..|81..)060a2a864886f70d010c01",
            // RSA: version 0, a modulus of two bytes of length or one
            "020100028[12]",
            // EC: version 1, a private value of 28 to 66 bytes
            "02010104(1c|20|30|42)"));

    private static final int SEQUENCE = 0x30;
    private static final int LONGEST_START = 24;

    private KeyStores() {}

    /** By its first bytes, or any sequence of ASN.1 by its name as well. */
    static boolean is(String path, byte[] head) {
        String lower = path.toLowerCase(Locale.ROOT);
        boolean named = ENDINGS.stream().anyMatch(lower::endsWith);
        boolean sequence = head.length > 1 && head[0] == SEQUENCE && head[1] < 0;
        return MAGIC.stream().anyMatch(magic -> starts(head, magic))
                || (named && (sequence || starts(head, KEYTAB)))
                || derKey(head);
    }

    private static boolean derKey(byte[] head) {
        if (head.length < 2 || head[0] != SEQUENCE) {
            return false;
        }
        int from = head[1] >= 0 ? 2 : 2 + (head[1] & 0x7f);
        int to = Math.min(head.length, from + LONGEST_START);
        return from < to
                && from <= 2 + Integer.BYTES
                && DER_KEY.matcher(HexFormat.of().formatHex(head, from, to)).lookingAt();
    }

    /**
     * What stands for the secret in its fingerprint: the digest of all of the file, so that another store is a new
     * finding however it begins. Empty if the file is longer than it may be.
     */
    static Optional<String> content(InputStream in, long longest, byte[] buffer) throws IOException {
        MessageDigest digest = sha256();
        long rest = longest;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            rest -= read;
            if (rest < 0) {
                return Optional.empty();
            }
            digest.update(buffer, 0, read);
        }
        return Optional.of(HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has SHA-256", absent);
        }
    }

    private static boolean starts(byte[] head, byte[] magic) {
        if (head.length < magic.length) {
            return false;
        }
        for (int at = 0; at < magic.length; at++) {
            if (head[at] != magic[at]) {
                return false;
            }
        }
        return true;
    }
}

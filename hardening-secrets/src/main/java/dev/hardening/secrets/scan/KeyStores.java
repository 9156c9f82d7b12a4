package dev.hardening.secrets.scan;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Tells by name and first bytes that a file is a store of keys, of Java, PKCS#12 or KeePass. */
final class KeyStores {
    static final String DESCRIPTION = "A file of keys";

    private static final List<String> ENDINGS =
            List.of(".p12", ".pfx", ".jks", ".jceks", ".keystore", ".bks", ".kdbx", ".kdb", ".pkcs12", ".keytab");
    private static final byte[] JKS = {(byte) 0xfe, (byte) 0xed, (byte) 0xfe, (byte) 0xed};
    private static final byte[] JCEKS = {(byte) 0xce, (byte) 0xce, (byte) 0xce, (byte) 0xce};
    private static final byte[] KEEPASS = {3, (byte) 0xd9, (byte) 0xa2, (byte) 0x9a};
    private static final byte[] KEYTAB = {5, 2};
    private static final int SEQUENCE = 0x30;

    private KeyStores() {}

    /** By its first bytes, or a sequence of ASN.1 by its name as well. */
    static boolean is(String path, byte[] head) {
        String lower = path.toLowerCase(Locale.ROOT);
        boolean named = ENDINGS.stream().anyMatch(lower::endsWith);
        boolean sequence = head.length > 1 && head[0] == SEQUENCE && head[1] < 0;
        return starts(head, JKS)
                || starts(head, JCEKS)
                || starts(head, KEEPASS)
                || (named && (sequence || starts(head, KEYTAB)));
    }

    /** What stands for the secret in its fingerprint. */
    static String content(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1);
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

package dev.hardening.ratelimit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Writes the parts of a key so that no two different lists of parts give the same text (attacks A9, A10, A11). */
final class KeyText {
    private static final int LONGEST_PLAIN = 64;

    private KeyText() {}

    static String part(String dimension, String text) {
        if (plain(text)) {
            return dimension + '=' + text.length() + ':' + text + ';';
        }
        // A store must never see a control character, a NUL or a megabyte of a caller's choosing.
        return hashed(dimension, sha256(text));
    }

    static String hashed(String dimension, String hash) {
        return dimension + '#' + hash + ';';
    }

    private static boolean plain(String text) {
        if (text.length() > LONGEST_PLAIN) {
            return false;
        }
        // A stream here would cost more than the rest of the key.
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            if (character <= ' ' || character >= 127) {
                return false;
            }
        }
        return true;
    }

    static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}

package dev.hardening.auth.account;

import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** A random token of 256 bits, known in full only between its making and the mail that carries it. */
record OneTimeToken(Secret text, String hash) {
    private static final int BYTES = 32;
    private static final int ID_BYTES = 16;
    private static final int LONGEST = 128;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    static OneTimeToken generate(SecureRandom random) {
        String text = encoded(random, BYTES);
        return new OneTimeToken(Secret.of(text), hashOf(text));
    }

    /** Makes the id of a new account; not a token, but made the same way. */
    static String identifier(SecureRandom random) {
        return encoded(random, ID_BYTES);
    }

    // A plain hash is enough: nobody guesses 256 bits, so there is nothing to slow down. What is too long is no token.
    static String hashOf(String presented) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String bounded = presented.length() > LONGEST ? "" : presented;
            return HexFormat.of().formatHex(digest.digest(bounded.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java runtime has SHA-256", absent);
        }
    }

    private static String encoded(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ENCODER.encodeToString(bytes);
    }
}

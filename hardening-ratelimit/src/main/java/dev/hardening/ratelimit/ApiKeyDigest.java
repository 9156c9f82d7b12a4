package dev.hardening.ratelimit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Turns an API key into the text it is counted by, so that no store, log or metric ever holds the key itself.
 *
 * <p>HMAC-SHA-256 under a key of the installation, cut to 16 bytes: who reads the store can neither use what he finds nor
 * try guesses against it. Nothing is remembered between calls. Immutable, safe for many threads.
 */
final class ApiKeyDigest {
    private static final byte[] PURPOSE = "hardening.ratelimit.api-key.v1".getBytes(StandardCharsets.US_ASCII);
    private static final int BYTES = 16;
    /** No real key is longer; what follows would only cost time. */
    private static final int LONGEST = 1024;

    private static final byte[] WHOLE = {0};
    private static final byte[] CUT = {1};

    private final KeyedHash hash;

    private ApiKeyDigest(KeyedHash hash) {
        this.hash = hash;
    }

    /**
     * Takes the key of the installation, the same in all of its processes.
     *
     * @throws IllegalArgumentException if it is shorter than 32 bytes or one byte repeated
     */
    static ApiKeyDigest keyed(byte[] key) {
        String fault = KeyedHash.fault(key);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException("the key for API keys " + fault);
        }
        return new ApiKeyDigest(new KeyedHash(key, PURPOSE));
    }

    /** 22 characters of base64url; an empty API key gives an empty text, that is, no key. */
    String of(String apiKey) {
        if (apiKey.isEmpty()) {
            return "";
        }
        boolean cut = apiKey.length() > LONGEST;
        String read = cut ? apiKey.substring(0, LONGEST) : apiKey;
        byte[] code = hash.of(cut ? CUT : WHOLE, read.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(code, BYTES));
    }

    /** Tells nothing. */
    @Override
    public String toString() {
        return "ApiKeyDigest[****]";
    }
}

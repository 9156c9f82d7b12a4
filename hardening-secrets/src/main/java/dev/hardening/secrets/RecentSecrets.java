package dev.hardening.secrets;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Set;

/**
 * Remembers that a secret was made, not which: 128 bits of its SHA-256 tell nothing about 128 bits or more.
 *
 * <p>Two sets take turns, so that forgetting the oldest costs nothing and at least the last {@link #REMEMBERED} secrets
 * are known. Two good secrets agree in 128 bits with a chance of 2^-119 a call.
 */
final class RecentSecrets {
    static final int REMEMBERED = 256;

    private final MessageDigest sha256 = sha256();
    private Set<Fingerprint> earlier = new HashSet<>();
    private Set<Fingerprint> latest = new HashSet<>();

    private record Fingerprint(long high, long low) {}

    /** Answers whether this secret is none of the last ones, and remembers it. */
    synchronized boolean add(byte[] secret) {
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(secret));
        Fingerprint fingerprint = new Fingerprint(digest.getLong(), digest.getLong());
        if (earlier.contains(fingerprint) || !latest.add(fingerprint)) {
            return false;
        }
        if (latest.size() == REMEMBERED) {
            Set<Fingerprint> oldest = earlier;
            earlier = latest;
            oldest.clear();
            latest = oldest;
        }
        return true;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }
}

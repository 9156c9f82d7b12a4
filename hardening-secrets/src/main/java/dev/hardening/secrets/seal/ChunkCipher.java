package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsUnavailableException;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;

/** AES-256-GCM over one chunk at a time; for one thread. */
final class ChunkCipher {
    private final Cipher cipher;

    ChunkCipher() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException missing) {
            throw missing(missing);
        }
    }

    /**
     * Seals a chunk into {@code to}, which has room for it and its tag. The JDK refuses to seal under the key and nonce of
     * the last time, which is what a random source that stands still leads to.
     */
    void seal(MessageKey key, long number, Slice chunk, Slice to) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key.key(), key.nonce(number));
            cipher.doFinal(chunk.array(), chunk.offset(), chunk.length(), to.array(), to.offset());
        } catch (InvalidAlgorithmParameterException repeated) {
            throw new SecretsUnavailableException("the random source made the same salt twice", repeated);
        } catch (GeneralSecurityException missing) {
            throw missing(missing);
        }
    }

    /**
     * Opens a chunk into {@code to}.
     *
     * @return whether its tag was right; if not, nothing of it stands in {@code to}
     */
    boolean open(MessageKey key, long number, Slice chunk, Slice to) {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key.key(), key.nonce(number));
            cipher.doFinal(chunk.array(), chunk.offset(), chunk.length(), to.array(), to.offset());
            return true;
        } catch (AEADBadTagException refused) {
            Arrays.fill(to.array(), to.offset(), to.offset() + to.length(), (byte) 0);
            return false;
        } catch (GeneralSecurityException missing) {
            throw missing(missing);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException missing) {
        return new IllegalStateException("every Java runtime has AES-GCM", missing);
    }
}

package dev.hardening.secrets;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A good random stream that is the same in every run: AES in counter mode under a key made of the seed. */
public final class SeededSecureRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient Cipher stream;

    public SeededSecureRandom(String seed) {
        super(null, null);
        try {
            byte[] key = MessageDigest.getInstance("SHA-256").digest(seed.getBytes(StandardCharsets.UTF_8));
            stream = Cipher.getInstance("AES/CTR/NoPadding");
            stream.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Override
    public synchronized void nextBytes(byte[] bytes) {
        Arrays.fill(bytes, (byte) 0);
        byte[] next = stream.update(bytes);
        System.arraycopy(next, 0, bytes, 0, bytes.length);
    }
}

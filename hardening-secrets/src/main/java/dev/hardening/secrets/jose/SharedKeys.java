package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.crypto.AESDecrypter;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.jca.JWEJCAContext;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import java.security.SecureRandom;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys that both sides hold: one for each key of the ring, direction, algorithm and context, by HKDF.
 *
 * <p>The ring's own key is never used as it is, so the ring may serve other purposes as well. With {@code dir} all
 * bodies of one key share it and differ by a random nonce of 96 bits only, hence the count (NIST SP 800-38D).
 */
final class SharedKeys implements BodyKeys {
    static final long MOST_DIRECT = 1L << 30;
    private static final int KEY_BYTES = 32;

    private final KeyRing ring;
    private final JWEAlgorithm algorithm;
    private final String context;
    private final SecureRandom random;
    private final long mostDirect;
    private String countedKey = "";
    private long count;

    SharedKeys(KeyRing ring, JWEAlgorithm algorithm, String context, SecureRandom random, long mostDirect) {
        this.ring = ring;
        this.algorithm = algorithm;
        this.context = context;
        this.random = random;
        this.mostDirect = mostDirect;
    }

    @Override
    public JWEAlgorithm algorithm() {
        return algorithm;
    }

    @Override
    public String partyInfo(Direction direction) {
        return "";
    }

    @Override
    public Optional<JWEDecrypter> opener(String keyId, Direction direction) throws JOSEException {
        Optional<RingKey> found = ring.find(keyId);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        SecretKey key = derived(found.get(), direction);
        return Optional.of(direct() ? new DirectDecrypter(key) : new AESDecrypter(key));
    }

    @Override
    public Sealing sealing(Direction direction) throws JOSEException {
        RingKey active = ring.active();
        if (direct()) {
            countOne(active.id());
        }
        SecretKey key = derived(active, direction);
        JWEEncrypter engine = direct() ? new DirectEncrypter(key) : new AESEncrypter(key);
        JWEJCAContext engineContext = engine.getJCAContext();
        engineContext.setSecureRandom(random);
        return new Sealing(active.id(), engine);
    }

    private boolean direct() {
        return algorithm.equals(JWEAlgorithm.DIR);
    }

    private SecretKey derived(RingKey key, Direction direction) {
        String purpose = direction.purpose(context) + " " + algorithm.getName();
        try (Secret material = key.material();
                Secret own = material.derive(purpose, KEY_BYTES)) {
            return own.use(bytes -> new SecretKeySpec(bytes, "AES"));
        }
    }

    private synchronized void countOne(String keyId) {
        if (!keyId.equals(countedKey)) {
            countedKey = keyId;
            count = 0;
        }
        if (count == mostDirect) {
            throw new SecretsUnavailableException("key " + keyId + " of ring " + ring.name() + " has sealed "
                    + mostDirect + " bodies directly; promote another key");
        }
        count++;
    }
}

package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Keys that count how often one was asked for; without a key nothing can be decrypted or derived. */
final class CountingKeys implements BodyKeys {
    private final BodyKeys keys;
    private final AtomicInteger asked = new AtomicInteger();

    CountingKeys(BodyKeys keys) {
        this.keys = keys;
    }

    int asked() {
        return asked.get();
    }

    @Override
    public JWEAlgorithm algorithm() {
        return keys.algorithm();
    }

    @Override
    public String partyInfo(Direction direction) {
        return keys.partyInfo(direction);
    }

    @Override
    public Optional<JWEDecrypter> opener(String keyId, Direction direction) throws JOSEException {
        asked.incrementAndGet();
        return keys.opener(keyId, direction);
    }

    @Override
    public Sealing sealing(Direction direction) throws JOSEException {
        return keys.sealing(direction);
    }
}

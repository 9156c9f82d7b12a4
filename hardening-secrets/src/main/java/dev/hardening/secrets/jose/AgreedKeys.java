package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.crypto.ECDHDecrypter;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import dev.hardening.secrets.ring.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keys agreed anew for each body: the sender's ephemeral pair with the recipient's pair on P-256.
 *
 * <p>Direction and context go into the agreement as PartyVInfo, so they change the key and not only the header
 * (RFC 7518, section 4.6.2).
 */
final class AgreedKeys implements BodyKeys {
    private final @Nullable KeyRing own;
    private final @Nullable RecipientKey recipient;
    private final String context;
    private final SecureRandom random;

    AgreedKeys(@Nullable KeyRing own, @Nullable RecipientKey recipient, String context, SecureRandom random) {
        this.own = own;
        this.recipient = recipient;
        this.context = context;
        this.random = random;
    }

    AgreedKeys forRecipient(RecipientKey other) {
        return new AgreedKeys(own, other, context, random);
    }

    /** Whether there is somebody to seal to. */
    boolean sealing() {
        return recipient != null;
    }

    @Override
    public JWEAlgorithm algorithm() {
        return JWEAlgorithm.ECDH_ES_A256KW;
    }

    @Override
    public String partyInfo(Direction direction) {
        byte[] info = direction.purpose(context).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(info);
    }

    @Override
    public Optional<JWEDecrypter> opener(String keyId, Direction direction) throws JOSEException {
        if (own == null) {
            return Optional.empty();
        }
        var found = own.find(keyId);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new ECDHDecrypter((ECPrivateKey) found.get().privateKey()));
    }

    @Override
    public Sealing sealing(Direction direction) throws JOSEException {
        if (recipient == null) {
            throw new IllegalStateException("there is no recipient; call forRecipient");
        }
        JWEEncrypter engine = new ECDHEncrypter(recipient.publicKey());
        engine.getJCAContext().setSecureRandom(random);
        return new Sealing(recipient.id(), engine);
    }
}

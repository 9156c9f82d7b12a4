package dev.hardening.benchmarks;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.KmsEnvelopeAead;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import com.google.crypto.tink.streamingaead.PredefinedStreamingAeadParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.seal.Sealer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Ours, Tink with a local key-encryption key, and the cipher of the JDK as it is. */
final class SealPeers {
    private SealPeers() {}

    static Sealer hardening() {
        return Sealer.of(KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build());
    }

    static Aead tinkEnvelope() throws GeneralSecurityException {
        AeadConfig.register();
        Aead local = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM)
                .getPrimitive(RegistryConfiguration.get(), Aead.class);
        return KmsEnvelopeAead.create(PredefinedAeadParameters.AES256_GCM, local);
    }

    static StreamingAead tinkStreams() throws GeneralSecurityException {
        StreamingAeadConfig.register();
        return KeysetHandle.generateNew(PredefinedStreamingAeadParameters.AES256_GCM_HKDF_1MB)
                .getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
    }

    /** One prepared key and cipher, a random nonce for each message: no key of its own, no commitment, no key id. */
    static final class Jca {
        private static final int NONCE = 12;
        private static final int TAG = 16;

        private final SecureRandom random = new SecureRandom();
        private final SecretKeySpec key;
        private final Cipher cipher;

        Jca() throws GeneralSecurityException {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            key = new SecretKeySpec(bytes, "AES");
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        }

        byte[] seal(byte[] plain) throws GeneralSecurityException {
            byte[] nonce = new byte[NONCE];
            random.nextBytes(nonce);
            byte[] sealed = Arrays.copyOf(nonce, NONCE + plain.length + TAG);
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(8 * TAG, nonce));
            cipher.doFinal(plain, 0, plain.length, sealed, NONCE);
            return sealed;
        }

        byte[] open(byte[] sealed) throws GeneralSecurityException {
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG, sealed, 0, NONCE));
            return cipher.doFinal(sealed, NONCE, sealed.length - NONCE);
        }
    }
}

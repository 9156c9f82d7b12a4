package consumer;

import dev.hardening.secrets.Schema;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.InMemoryRingStore;
import java.security.SecureRandom;
import java.util.Map;

/** Generates a secret, validates it and opens a key ring with it. */
public final class Main {
    private Main() {}

    /** Prints that it works. */
    public static void main(String[] arguments) {
        Secret made = SecretGenerator.create(new SecureRandom()).next(SecretSpec.token64());
        SecretSource source = SecretSource.of(Map.of("ENCRYPTION_KEY", made.reveal()));
        Secret read = Schema.builder()
                .secret("ENCRYPTION_KEY")
                .build()
                .check(source)
                .orThrow()
                .secret("ENCRYPTION_KEY");
        KeyRing ring = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(read)
                .build();
        System.out.println(ring.find(ring.active().id()).isPresent() && read.matches(made) ? "secrets works" : "broken");
    }
}

package dev.hardening.secrets.keypair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.repository.GitGuard;
import dev.hardening.secrets.repository.GuardReport;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of docs/secrets/generate.md and env-files.md are the regions of this file, so they compile and run. */
class GuideTest {
    @TempDir
    Path home;

    @Test
    void secrets_always_run() {
        // region secrets-generate
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        Secret token = generator.next(SecretSpec.token64());
        Secret passphrase = generator.next(SecretSpec.words(128));
        System.out.println(SecretSpec.token64().strength());
        // endregion

        assertEquals(64, token.length());
        assertEquals(11, passphrase.reveal().split("-", -1).length);
    }

    @Test
    void keyPairs_always_run() {
        // region secrets-key-pair
        MadeKeyPair pair = KeyPairMaker.create(new SecureRandom()).next(KeyPairKind.ED25519);
        KeyPairFiles.Outcome outcome = KeyPairFiles.at(home, "signing").writeJwk(pair);
        // endregion

        assertInstanceOf(KeyPairFiles.Outcome.Written.class, outcome);
    }

    @Test
    void envFiles_always_run() {
        // region secrets-env-file
        Path file = EnvFile.profile(home, "production");
        EnvFile env = EnvFile.open(file)
                .ensure("JWT_SECRET", SecretSpec.token64())
                .ensure("ENCRYPTION_KEY", SecretSpec.hex256());
        env.save();
        List<EnvFile.Change> changes =
                env.rotate("JWT_SECRET", SecretSpec.token64()).save();
        // endregion

        assertEquals(2, changes.size());
    }

    @Test
    void guard_noRepository_isAnAnswer() {
        Path repository = home;
        // region secrets-guard
        GuardReport report = GitGuard.of(repository).ignore("lms-data/").build().apply();
        // endregion

        assertInstanceOf(GuardReport.Unguarded.class, report);
    }
}

package dev.hardening.examples.lms.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.examples.lms.home.PrivateFiles;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
    @TempDir
    private Path home;

    @BeforeEach
    void privateHome() {
        PrivateFiles.permit(home, "rwx------");
    }

    @Test
    void installation_withoutVariables_livesBelowTheWorkingFolder() {
        Installation installation = Installation.of(Map.of());

        assertEquals(Path.of("lms-data").toAbsolutePath(), installation.home());
        assertEquals(Path.of("lms-data/.env.development").toAbsolutePath(), installation.envFile());
        assertEquals(Schema.Profile.DEVELOPMENT, installation.profile());
    }

    @Test
    void profile_thatIsNone_isRefused() {
        assertThrows(StartRefusedException.class, () -> Installation.of(Map.of("LMS_PROFILE", "prod")));
    }

    @Test
    void development_onItsFirstStart_generatesSecretsThatTheSecondReads() throws IOException {
        SecretSource first = values(Map.of("LMS_HOME", home.toString()));
        SecretSource second = values(Map.of("LMS_HOME", home.toString()));

        Path file = home.resolve(".env.development");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        for (String name : MasterSecrets.NAMES) {
            assertTrue(first.find(name).orElseThrow().matches(second.find(name).orElseThrow()), name);
        }
        LmsConfig.read(Schema.Profile.DEVELOPMENT, second);
    }

    @Test
    void environment_besideTheFile_wins() throws IOException {
        values(Map.of("LMS_HOME", home.toString()));

        SecretSource values = values(Map.of("LMS_HOME", home.toString(), "JWT_SECRET", "from the environment"));

        assertTrue(values.find("JWT_SECRET").orElseThrow().matches(Secret.of("from the environment")));
    }

    @Test
    void production_withoutAFile_generatesNothing() {
        values(Map.of("LMS_HOME", home.toString(), "LMS_PROFILE", "production"));

        assertFalse(Files.exists(home.resolve(".env.production")));
    }

    @Test
    void envFile_thatOthersMayRead_isRefused() throws IOException {
        Path file = home.resolve(".env.development");
        Files.writeString(file, "A=b\n");
        PrivateFiles.permit(file, "rw-r--r--");

        assertThrows(StartRefusedException.class, () -> values(Map.of("LMS_HOME", home.toString())));
    }

    private static SecretSource values(Map<String, String> environment) {
        return Installation.of(environment).values(environment, new SecureRandom());
    }
}

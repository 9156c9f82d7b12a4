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
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
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
    void production_withAllSecretsInAFolder_starts() throws IOException {
        Map<String, String> environment = Map.of(
                "LMS_HOME", home.toString(),
                "LMS_PROFILE", "production",
                "LMS_SECRETS_FOLDER", folder().toString(),
                "LMS_PUBLIC_URL", "https://lms.example.org",
                "LMS_TRUSTED_PROXIES", "10.0.0.0/8",
                "LMS_DATABASE_URL", "jdbc:postgresql://db/lms");
        for (String name : MasterSecrets.NAMES) {
            secretFile(name, value(name) + "\n");
        }
        secretFile("LMS_DATABASE_PASSWORD", value("database"));
        secretFile("LMS_SMTP_URL", "smtp://lms:" + value("mail") + "@mail.example.org");

        LmsConfig config = LmsConfig.read(Schema.Profile.PRODUCTION, values(environment));

        assertTrue(config.secrets().session().present().matches(Secret.of(value("SESSION_SECRET"))));
        assertTrue(config.database().orElseThrow().password().orElseThrow().matches(Secret.of(value("database"))));
        assertTrue(config.smtp().isPresent());
    }

    @Test
    void values_ofSeveralPlaces_comeFromTheEnvironmentThenTheFolderThenTheFile() throws IOException {
        values(Map.of("LMS_HOME", home.toString()));
        secretFile("JWT_SECRET", "folder");
        secretFile("SESSION_SECRET", "folder");

        SecretSource values = values(Map.of(
                "LMS_HOME", home.toString(),
                "LMS_SECRETS_FOLDER", folder().toString(),
                "JWT_SECRET", "environment"));

        assertTrue(values.find("JWT_SECRET").orElseThrow().matches(Secret.of("environment")));
        assertTrue(values.find("SESSION_SECRET").orElseThrow().matches(Secret.of("folder")));
        assertTrue(values.find("ENCRYPTION_KEY").isPresent(), "from the file");
    }

    @Test
    void development_withASecretInTheFolder_generatesTheOthersAlone() throws IOException {
        secretFile("JWT_SECRET", value("JWT_SECRET"));

        values(Map.of("LMS_HOME", home.toString(), "LMS_SECRETS_FOLDER", folder().toString()));

        String generated = Files.readString(home.resolve(".env.development"));
        assertTrue(generated.contains("SESSION_SECRET="), "the others");
        assertFalse(generated.contains("JWT_SECRET="), "not the one");
    }

    /** The env file may have the secret from before a rotation. */
    @Test
    @Tag("secrets:V2")
    void secretsFolder_withAFileThatCannotBeUsed_isRefusedAndNothingOlderIsTaken() throws IOException {
        values(Map.of("LMS_HOME", home.toString()));
        secretFile("JWT_SECRET", "");
        secretFile("OF_ANOTHER_PROGRAM", "");
        Map<String, String> environment =
                Map.of("LMS_HOME", home.toString(), "LMS_SECRETS_FOLDER", folder().toString());

        StartRefusedException refused = assertThrows(StartRefusedException.class, () -> values(environment));

        assertEquals(1, refused.faults().size(), refused.faults()::toString);
        assertTrue(refused.faults().get(0).contains("JWT_SECRET"), refused.faults()::toString);
    }

    @Test
    void secretsFolder_thatIsNotThere_isRefusedByName() {
        Map<String, String> environment = Map.of(
                "LMS_HOME", home.toString(),
                "LMS_SECRETS_FOLDER", home.resolve("nowhere").toString());

        StartRefusedException refused = assertThrows(StartRefusedException.class, () -> values(environment));

        assertTrue(refused.faults().get(0).startsWith("LMS_SECRETS_FOLDER: "), refused.faults()::toString);
    }

    @Test
    void envFile_thatOthersMayRead_isRefused() throws IOException {
        Path file = home.resolve(".env.development");
        Files.writeString(file, "A=b\n");
        PrivateFiles.permit(file, "rw-r--r--");

        assertThrows(StartRefusedException.class, () -> values(Map.of("LMS_HOME", home.toString())));
    }

    private Path folder() throws IOException {
        return Files.createDirectories(home.resolve("secrets"));
    }

    private void secretFile(String name, String content) throws IOException {
        Path file = Files.writeString(folder().resolve(name), content);
        PrivateFiles.permit(file, "rw-------");
    }

    private static String value(String name) {
        return Secret.of("the values of this test alone").derive(name, 32).use(HexFormat.of()::formatHex);
    }

    private static SecretSource values(Map<String, String> environment) {
        return Installation.of(environment).values(environment, new SecureRandom());
    }
}

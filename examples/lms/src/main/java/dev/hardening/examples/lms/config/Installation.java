package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.Setting;
import dev.hardening.secrets.Settings;
import dev.hardening.secrets.source.SecretReader;
import dev.hardening.secrets.source.SecretReading;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the service lives and as what: the few variables that must be known before a file is read.
 *
 * @param profile from {@code LMS_PROFILE}
 * @param home from {@code LMS_HOME}
 * @param secretsFolder from {@code LMS_SECRETS_FOLDER}; one file a variable, as Docker and Kubernetes mount them
 * @param envFile from {@code LMS_ENV_FILE}; all processes of one installation share its content
 */
public record Installation(Schema.Profile profile, Path home, Optional<Path> secretsFolder, Path envFile) {
    private static final Logger LOG = LoggerFactory.getLogger(Installation.class);
    private static final Schema SCHEMA = Schema.builder()
            .add(Setting.choice("LMS_PROFILE", Schema.Profile.class).orElse("development"))
            .add(Setting.path("LMS_HOME").orElse("lms-data"))
            .add(Setting.path("LMS_SECRETS_FOLDER").optional())
            .add(Setting.path("LMS_ENV_FILE").optional())
            .build();

    /** Reads the four variables, from the environment alone. */
    public static Installation of(Map<String, String> environment) {
        try {
            Settings settings = SCHEMA.check(SecretSource.of(environment)).orThrow();
            Schema.Profile profile = settings.choice("LMS_PROFILE", Schema.Profile.class);
            Path home = settings.path("LMS_HOME");
            String name = profile == Schema.Profile.PRODUCTION ? ".env.production" : ".env.development";
            return new Installation(
                    profile,
                    home,
                    settings.findPath("LMS_SECRETS_FOLDER"),
                    settings.findPath("LMS_ENV_FILE").orElse(home.resolve(name)));
        } catch (SecretsConfigurationException refused) {
            throw new StartRefusedException(refused.faults());
        }
    }

    /**
     * Opens the values of this installation: the environment first, then the folder of secrets, then the env file. In
     * development missing secrets are generated into the env file; production only reads.
     *
     * @param environment of the process
     * @param random for what is generated
     */
    public SecretSource values(Map<String, String> environment, SecureRandom random) {
        try {
            SecretSource variables = SecretSource.of(environment);
            SecretSource given =
                    secretsFolder.map(folder -> variables.or(read(folder))).orElse(variables);
            EnvFile file = EnvFile.open(envFile, SecretGenerator.create(random));
            if (profile == Schema.Profile.DEVELOPMENT) {
                generate(file, given);
            }
            return given.or(file::find);
        } catch (SecretsConfigurationException unsafe) {
            throw new StartRefusedException(unsafe.faults());
        }
    }

    /**
     * Reads all files at once. A variable of ours that is there and cannot be used is refused: the env file may have an
     * older value, which must not come back into use.
     */
    private static SecretSource read(Path folder) {
        try {
            SecretReading reading = SecretReader.directory(folder).read();
            List<String> lost = reading.findings().stream()
                    .filter(finding -> reading.unusable().contains(finding.subject()) && ours(finding.subject()))
                    .map(finding -> "LMS_SECRETS_FOLDER: " + finding)
                    .toList();
            if (!lost.isEmpty()) {
                throw new StartRefusedException(lost);
            }
            reading.findings().forEach(finding -> LOG.warn("LMS_SECRETS_FOLDER: {}", finding));
            return reading;
        } catch (SecretsUnavailableException unreadable) {
            throw new StartRefusedException(List.of("LMS_SECRETS_FOLDER: " + unreadable.getMessage()));
        }
    }

    private static boolean ours(String name) {
        return name.startsWith("LMS_") || MasterSecrets.NAMES.contains(name) || MasterSecrets.OTHERS.contains(name);
    }

    private static void generate(EnvFile file, SecretSource given) {
        List<String> missing = MasterSecrets.NAMES.stream()
                .filter(name -> given.find(name).isEmpty())
                .toList();
        missing.forEach(
                name -> file.ensure(name, name.equals("ENCRYPTION_KEY") ? SecretSpec.hex256() : SecretSpec.token64()));
        if (!missing.isEmpty()) {
            file.save();
        }
    }
}

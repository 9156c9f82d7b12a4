package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.Setting;
import dev.hardening.secrets.Settings;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;

/**
 * Where the service lives and as what: the few variables that must be known before a file is read.
 *
 * @param profile from {@code LMS_PROFILE}
 * @param home from {@code LMS_HOME}
 * @param envFile from {@code LMS_ENV_FILE}; all processes of one installation share its content
 */
public record Installation(Schema.Profile profile, Path home, Path envFile) {
    private static final Schema SCHEMA = Schema.builder()
            .add(Setting.choice("LMS_PROFILE", Schema.Profile.class).orElse("development"))
            .add(Setting.path("LMS_HOME").orElse("lms-data"))
            .add(Setting.path("LMS_ENV_FILE").optional())
            .build();

    /** Reads the three variables. */
    public static Installation of(Map<String, String> environment) {
        try {
            Settings settings = SCHEMA.check(SecretSource.of(environment)).orThrow();
            Schema.Profile profile = settings.choice("LMS_PROFILE", Schema.Profile.class);
            Path home = settings.path("LMS_HOME");
            String name = profile == Schema.Profile.PRODUCTION ? ".env.production" : ".env.development";
            return new Installation(
                    profile, home, settings.findPath("LMS_ENV_FILE").orElse(home.resolve(name)));
        } catch (SecretsConfigurationException refused) {
            throw new StartRefusedException(refused.faults());
        }
    }

    /**
     * Opens the values of this installation: the environment first, then the env file. In development missing secrets
     * are generated into the file; production only reads it.
     *
     * @param environment of the process
     * @param random for what is generated
     */
    public SecretSource values(Map<String, String> environment, SecureRandom random) {
        SecretSource given = SecretSource.of(environment);
        try {
            EnvFile file = EnvFile.open(envFile, SecretGenerator.create(random));
            if (profile == Schema.Profile.DEVELOPMENT) {
                generate(file, given);
            }
            return given.or(file::find);
        } catch (SecretsConfigurationException unsafe) {
            throw new StartRefusedException(unsafe.faults());
        }
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

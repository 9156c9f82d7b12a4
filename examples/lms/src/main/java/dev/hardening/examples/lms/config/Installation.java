package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.SecretsConfigurationException;
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
public record Installation(Profile profile, Path home, Path envFile) {
    /** Reads the three variables. */
    public static Installation of(Map<String, String> environment) {
        Variables variables = new Variables(SecretSource.of(environment));
        Profile profile = variables
                .oneOf("LMS_PROFILE", List.of("development", "production"))
                .map(text -> text.equals("production") ? Profile.PRODUCTION : Profile.DEVELOPMENT)
                .orElse(Profile.DEVELOPMENT);
        Path home = variables.text("LMS_HOME").map(Path::of).orElse(Path.of("lms-data"));
        Path envFile =
                variables.text("LMS_ENV_FILE").map(Path::of).orElseGet(() -> home.resolve(".env." + profile.text()));
        variables.orThrow();
        return new Installation(profile, home, envFile);
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
            if (profile == Profile.DEVELOPMENT) {
                generate(file, given);
            }
            return given.or(file::find);
        } catch (SecretsConfigurationException unsafe) {
            throw new StartRefusedException(List.of("LMS_ENV_FILE: " + unsafe.getMessage()));
        }
    }

    private static void generate(EnvFile file, SecretSource given) {
        MasterSecrets.NAMES.stream()
                .filter(name -> given.find(name).isEmpty())
                .forEach(name ->
                        file.ensure(name, name.equals("ENCRYPTION_KEY") ? SecretSpec.hex256() : SecretSpec.token64()));
        file.save();
    }
}

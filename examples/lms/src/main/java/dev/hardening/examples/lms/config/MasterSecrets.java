package dev.hardening.examples.lms.config;

import dev.hardening.secrets.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The four secrets of an installation and, during a rotation, those that went before.
 *
 * <p>{@code ENCRYPTION_KEY} wraps all key rings; {@code JWT_REFRESH_SECRET} is what the first refresh key is derived
 * from; {@code SESSION_SECRET} is what blind indexes and pseudonyms are derived from; {@code JWT_SECRET} signs the
 * service's own short tokens.
 */
public final class MasterSecrets {
    static final List<String> NAMES = List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET");

    private static final int MIN_LENGTH = 32;
    private static final int MIN_SYMBOLS = 10;
    private static final List<String> PLACEHOLDERS =
            List.of("changeme", "change-me", "change_me", "secret", "password", "example", "default", "your-", "your_");

    private final Map<String, Secret> values;

    private MasterSecrets(Map<String, Secret> values) {
        this.values = Map.copyOf(values);
    }

    static MasterSecrets read(Variables variables) {
        Map<String, Secret> values = new HashMap<>();
        for (String name : NAMES) {
            variables
                    .secret(name)
                    .ifPresentOrElse(
                            secret -> values.put(name, secret),
                            () -> variables.fault(name + " is missing: set it, or put it into LMS_ENV_FILE"));
            variables.secret(name + "_PREVIOUS").ifPresent(secret -> values.put(name + "_PREVIOUS", secret));
        }
        values.forEach((name, secret) -> weakness(secret).ifPresent(why -> variables.fault(name + " " + why)));
        requireDifferent(values, variables);
        return new MasterSecrets(values);
    }

    /** Wraps the key rings. */
    public Secret encryptionKey() {
        return require("ENCRYPTION_KEY");
    }

    /** Unwraps what the key before it wrapped, during a rotation. */
    public Optional<Secret> previousEncryptionKey() {
        return Optional.ofNullable(values.get("ENCRYPTION_KEY_PREVIOUS"));
    }

    /** Signs the service's own short tokens. */
    public Secret jwt() {
        return require("JWT_SECRET");
    }

    /** Verifies short tokens from before a rotation. */
    public Optional<Secret> previousJwt() {
        return Optional.ofNullable(values.get("JWT_SECRET_PREVIOUS"));
    }

    /** The first refresh key is derived from it. */
    public Secret refresh() {
        return require("JWT_REFRESH_SECRET");
    }

    /** Blind indexes and pseudonyms are derived from it. */
    public Secret session() {
        return require("SESSION_SECRET");
    }

    private Secret require(String name) {
        Secret secret = values.get(name);
        if (secret == null) {
            throw new IllegalStateException(name + " was not checked");
        }
        return secret;
    }

    private static Optional<String> weakness(Secret secret) {
        String text = secret.reveal();
        String lower = text.toLowerCase(Locale.ROOT);
        if (PLACEHOLDERS.stream().anyMatch(lower::contains)) {
            return Optional.of("is a placeholder: generate one of your own");
        }
        if (text.length() < MIN_LENGTH) {
            return Optional.of("is too short: at least " + MIN_LENGTH + " random characters, got " + text.length());
        }
        if (text.chars().distinct().count() < MIN_SYMBOLS) {
            return Optional.of("is too regular: fewer than " + MIN_SYMBOLS + " different characters");
        }
        return Optional.empty();
    }

    private static void requireDifferent(Map<String, Secret> values, Variables variables) {
        values.forEach((first, secret) -> values.forEach((second, other) -> {
            if (first.compareTo(second) < 0 && secret.matches(other)) {
                variables.fault(first + " and " + second + " must not be the same");
            }
        }));
    }
}

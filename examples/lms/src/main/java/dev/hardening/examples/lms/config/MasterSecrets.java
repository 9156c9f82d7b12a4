package dev.hardening.examples.lms.config;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The four secrets of an installation and, during a rotation, those that went before or come next.
 *
 * <p>All processes on one database share them.
 *
 * @param encryptionKey {@code ENCRYPTION_KEY}: wraps all key rings
 * @param previousEncryptionKey unwraps what the key before wrapped
 * @param jwt {@code JWT_SECRET}: signs the service's own short tokens
 * @param previousJwt verifies short tokens from before a rotation
 * @param refresh {@code JWT_REFRESH_SECRET}: the first refresh key is derived from it
 * @param previousRefresh while it is set, what the first refresh key made is accepted although the secret changed
 * @param session {@code SESSION_SECRET}: blind indexes and pseudonyms are derived from it
 */
public record MasterSecrets(
        Secret encryptionKey,
        Optional<Secret> previousEncryptionKey,
        Secret jwt,
        Optional<Secret> previousJwt,
        Secret refresh,
        Optional<Secret> previousRefresh,
        Session session) {
    static final List<String> NAMES = List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET");
    private static final String NEXT_SESSION = "SESSION_SECRET_NEXT";

    /**
     * The secret of blind indexes and pseudonyms, and its neighbours while processes change over one by one.
     *
     * @param present makes new ones
     * @param previous finds and renews what the secret before made
     * @param next finds what processes made that have changed over already
     */
    public record Session(Secret present, Optional<Secret> previous, Optional<Secret> next) {}

    /** What may stand beside them during a rotation. */
    static final List<String> OTHERS = Stream.concat(
                    NAMES.stream().map(MasterSecrets::previous), Stream.of(NEXT_SESSION))
            .toList();

    /** What {@code <name>_PREVIOUS} is called. */
    static String previous(String name) {
        return name + "_PREVIOUS";
    }

    static MasterSecrets of(Settings settings) {
        return new MasterSecrets(
                settings.secret("ENCRYPTION_KEY"),
                settings.findSecret(previous("ENCRYPTION_KEY")),
                settings.secret("JWT_SECRET"),
                settings.findSecret(previous("JWT_SECRET")),
                settings.secret("JWT_REFRESH_SECRET"),
                settings.findSecret(previous("JWT_REFRESH_SECRET")),
                new Session(
                        settings.secret("SESSION_SECRET"),
                        settings.findSecret(previous("SESSION_SECRET")),
                        settings.findSecret(NEXT_SESSION)));
    }
}

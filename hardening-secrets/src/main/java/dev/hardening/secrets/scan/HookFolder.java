package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.GitProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** Asks git where it looks for hooks. */
final class HookFolder {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private HookFolder() {}

    static Path of(Path repository) {
        return of(repository, Objects.requireNonNullElse(System.getenv("PATH"), ""), LIMIT);
    }

    static Path of(Path repository, String searchPath, Duration limit) {
        GitProgram.Answer answer = GitProgram.find(searchPath, repository, limit)
                .flatMap(GitProgram::hooksFolder)
                .filter(it -> it.exit() == 0)
                .orElseThrow(() -> new SecretsUnavailableException("no git tells where hooks are in " + repository));
        try {
            // Git answers from where the folder really is, so a link to it is not where the dots begin.
            return repository
                    .toRealPath()
                    .resolve(answer.output().replace("\n", ""))
                    .normalize();
        } catch (IOException gone) {
            throw new SecretsUnavailableException("the folder " + repository + " cannot be read", gone);
        }
    }
}

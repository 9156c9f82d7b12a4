package dev.hardening.examples.lms.service;

import dev.hardening.auth.Auth;
import dev.hardening.examples.lms.home.PrivateFiles;
import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** The file with the token for the first administrator: for its owner alone, gone with its use. */
public final class FirstToken {
    private final Path file;

    /**
     * Names the file.
     *
     * @param home the data folder
     */
    public FirstToken(Path home) {
        file = home.resolve("setup-token");
    }

    /**
     * Writes a new token if there is no administrator yet; otherwise removes what an earlier run left.
     *
     * @return where the token is, or empty where none is needed
     */
    public Optional<Path> leave(Auth auth) {
        Optional<Secret> token = auth.accounts().setup().issueFirstToken(file.toString());
        if (token.isEmpty()) {
            remove();
            return Optional.empty();
        }
        byte[] line = (token.get().reveal() + "\n").getBytes(StandardCharsets.US_ASCII);
        PrivateFiles.write(file, line);
        return Optional.of(file);
    }

    /** Removes the file; it may be gone already. */
    public void remove() {
        PrivateFiles.delete(file);
    }
}

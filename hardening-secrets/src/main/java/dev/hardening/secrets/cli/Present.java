package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;

/** Tells what is not there from what is there and wrong: a script ends in another way for each. */
final class Present {
    private Present() {}

    static Path file(Path file) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new SecretsUnavailableException(file + " does not exist");
        }
        return file;
    }

    static Path folder(Path folder) {
        if (!Files.exists(folder)) {
            throw new SecretsUnavailableException("the folder " + folder + " does not exist; make it with mode 0700");
        }
        return folder;
    }

    /** The file, which need not be there, of a folder that must be. */
    static Path place(Path file) {
        folder(Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder"));
        return file;
    }
}

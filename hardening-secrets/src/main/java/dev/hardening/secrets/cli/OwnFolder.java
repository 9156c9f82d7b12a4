package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A folder for the owner of the process alone, in which something is made for the first time. */
final class OwnFolder {
    private OwnFolder() {}

    /** Makes it where it is not there; one that is there is checked by who writes into it. */
    static void make(Path folder) {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException there) {
            // Nothing to do.
        } catch (IOException failure) {
            throw new SecretsUnavailableException("cannot make the folder " + folder, failure);
        }
    }
}

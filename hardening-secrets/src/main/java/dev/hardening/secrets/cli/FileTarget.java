package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.FreshFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/**
 * A file that is to appear whole, and only where nothing is unless that may be replaced. It is written beside its place;
 * what is not finished is deleted, also when the process is ended by a signal meanwhile. A dry run writes it nowhere.
 */
final class FileTarget {
    private final Path path;
    private final Path folder;
    private final Surroundings here;
    private final boolean force;
    private final boolean dry;

    /** Checks the place now, before there is any work that would be lost. */
    FileTarget(Path path, ParseResult given, Surroundings here) {
        this.path = path;
        this.here = here;
        this.force = Syntax.has(given, "--force");
        this.dry = Syntax.dry(given);
        if (Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + " is a folder; name the file that is to be written");
        }
        folder = Objects.requireNonNull(path.getParent(), "what is no folder is in one");
        if (!Files.isDirectory(folder)) {
            throw new SecretsUnavailableException("there is no folder " + folder);
        }
        if (!Files.isWritable(folder)) {
            throw new SecretsUnavailableException("nothing may be written into " + folder);
        }
        if (there() && !force) {
            throw taken();
        }
    }

    Path path() {
        return path;
    }

    /** Lets the writer fill the file, and puts it in its place if the writer says that it is good. */
    boolean fill(FreshFile.Filling writer) {
        try {
            return dry ? writer.into(OutputStream.nullOutputStream()) : written(writer);
        } catch (FileAlreadyExistsException meanwhile) {
            throw taken();
        } catch (IOException failure) {
            throw unwritable(failure);
        }
    }

    private boolean written(FreshFile.Filling writer) throws IOException {
        FreshFile fresh = FreshFile.in(folder, new SecureRandom());
        Thread hook = new Thread(() -> giveUp(fresh), "hardening-secrets-interrupted");
        Runtime.getRuntime().addShutdownHook(hook);
        try (fresh) {
            if (!fresh.fill(writer)) {
                return false;
            }
            if (force) {
                fresh.replace(path);
            } else {
                fresh.place(path);
            }
        } finally {
            forget(hook);
        }
        settle();
        return true;
    }

    private void settle() {
        try {
            FreshFile.settle(path);
        } catch (IOException failure) {
            throw new SecretsUnavailableException(path + FreshFile.UNSETTLED, failure);
        }
    }

    private void giveUp(FreshFile fresh) {
        try {
            fresh.close();
        } catch (IOException left) {
            here.err().println(Plain.line("hardening-secrets: cannot delete " + fresh.path() + "; do it"));
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // The process ends, and the hook runs.
        }
    }

    private boolean there() {
        try {
            if (Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new IllegalStateException(path + " is a pipe or a device, which is not replaced");
            }
            return true;
        } catch (NoSuchFileException free) {
            return false;
        } catch (IOException unclear) {
            throw unwritable(unclear);
        }
    }

    private IllegalStateException taken() {
        return new IllegalStateException(path + " exists; --force replaces it");
    }

    private SecretsUnavailableException unwritable(IOException failure) {
        String why = failure instanceof FileSystemException told
                ? Optional.ofNullable(told.getReason())
                        .map(reason -> ": " + reason)
                        .orElse("")
                : "";
        return new SecretsUnavailableException("cannot write " + path + why, failure);
    }
}

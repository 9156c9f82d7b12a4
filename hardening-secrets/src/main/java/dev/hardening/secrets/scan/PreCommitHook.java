package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.PlainFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes git run a scan before each commit.
 *
 * <p>Writes {@code pre-commit} into the folder where git looks for hooks ({@code core.hooksPath} or the one of the
 * repository). A hook of somebody else is left as it is. A hook is a help for honest people, {@code git commit
 * --no-verify} goes past it: scan in the build as well.
 */
public final class PreCommitHook {
    private static final String MARK = "# written by hardening-secrets; a new installation replaces it";
    private static final int LARGEST = 1 << 16;
    private static final Set<PosixFilePermission> EXECUTABLE = PosixFilePermissions.fromString("rwxr-xr-x");

    private PreCommitHook() {}

    /** What an installation did. */
    public enum Outcome {
        /** There was none, now there is. */
        INSTALLED,
        /** Ours was there with another command and was replaced. */
        UPDATED,
        /** Ours was there with this command. */
        UNCHANGED,
        /** Somebody else's is there; nothing was written. Add the command to it by hand. */
        FOREIGN_HOOK
    }

    /**
     * Installs the hook.
     *
     * @param repository the top of a working tree
     * @param command the program and its arguments, such as {@code java -jar /opt/secrets-cli.jar scan --staged}; the
     *     commit is refused if it ends with another code than 0
     * @return what was done
     * @throws SecretsConfigurationException if the command is empty or holds a line end
     * @throws SecretsUnavailableException if git does not know the folder, or the hook cannot be written
     */
    public static Outcome install(Path repository, List<String> command) {
        String script = script(command);
        Path hook = file(repository);
        try {
            Outcome outcome = outcome(hook, script);
            if (outcome == Outcome.INSTALLED || outcome == Outcome.UPDATED) {
                Files.createDirectories(hook.resolveSibling("."));
                PlainFile.at(hook).replace(script.getBytes(StandardCharsets.UTF_8), EXECUTABLE);
            }
            return outcome;
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the hook " + hook + " cannot be written", broken);
        }
    }

    /**
     * Tells what an installation would do, and writes nothing.
     *
     * @param repository the top of a working tree
     * @param command the program and its arguments
     * @return what {@link #install} would do
     * @throws SecretsConfigurationException if the command is empty or holds a line end
     * @throws SecretsUnavailableException if git does not know the folder, or a hook that is there cannot be read
     */
    public static Outcome preview(Path repository, List<String> command) {
        String script = script(command);
        Path hook = file(repository);
        try {
            return outcome(hook, script);
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the hook " + hook + " cannot be read", broken);
        }
    }

    /**
     * Tells where git looks for the hook: in a folder of the repository, or in the one that {@code core.hooksPath} names,
     * which may be that of all repositories of a user.
     *
     * @param repository the top of a working tree
     * @return the hook, which need not be there
     * @throws SecretsUnavailableException if git does not know the folder
     */
    public static Path file(Path repository) {
        Objects.requireNonNull(repository, "repository");
        return HookFolder.of(repository).resolve("pre-commit");
    }

    private static String script(List<String> command) {
        if (command.isEmpty() || command.stream().anyMatch(PreCommitHook::unfit)) {
            throw new SecretsConfigurationException(List.of("command must name a program and hold no line end"));
        }
        return "#!/bin/sh\n" + MARK + "\nexec "
                + command.stream().map(PreCommitHook::quoted).collect(Collectors.joining(" ")) + "\n";
    }

    private static Outcome outcome(Path hook, String script) throws IOException {
        if (!Files.exists(hook, LinkOption.NOFOLLOW_LINKS)) {
            return Outcome.INSTALLED;
        }
        String present = content(hook);
        if (!present.contains(MARK)) {
            return Outcome.FOREIGN_HOOK;
        }
        return present.equals(script) && Files.isExecutable(hook) ? Outcome.UNCHANGED : Outcome.UPDATED;
    }

    /** A link or a folder is somebody else's, and so is a large file. */
    private static String content(Path hook) throws IOException {
        boolean plain = Files.isRegularFile(hook, LinkOption.NOFOLLOW_LINKS) && Files.size(hook) <= LARGEST;
        return plain ? new String(Files.readAllBytes(hook), StandardCharsets.ISO_8859_1) : "";
    }

    private static boolean unfit(String word) {
        return word.isEmpty() || word.indexOf('\n') >= 0 || word.indexOf('\r') >= 0 || word.indexOf('\0') >= 0;
    }

    /** Between single quotes a shell reads nothing but the next one. */
    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.source.SecretDirectory;
import dev.hardening.secrets.source.SecretReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A secret that a container was given as a file: mounted by itself, as Docker does, or in a volume of Kubernetes.
 *
 * <p>Its owner and mode are not for the user of the container to choose, and nobody but root can make a mount, or a link
 * of root in a volume. So it is read by the rules of {@link SecretDirectory}, which looks at neither.
 */
final class MountedSecret {
    private static final String VERSION = "..data";
    private static final Integer ROOT = 0;

    private MountedSecret() {}

    /** The content without one line feed at its end, or empty if it is no such file or has none. */
    static Optional<Secret> read(Path file) {
        Path folder = Objects.requireNonNull(file.getParent(), "an absolute file has a folder");
        String name = String.valueOf(file.getFileName());
        SecretDirectory directory = SecretDirectory.builder()
                .folder(folder)
                .names(each -> each.equals(name) ? name : "")
                .build();
        try (SecretReading reading = directory.read()) {
            boolean alone = reading.findings().stream()
                    .anyMatch(finding ->
                            finding.subject().equals(name) && finding.rule().equals("mounted-file"));
            return alone || volume(folder)
                    ? reading.find(name).map(secret -> Secret.of(secret.use(byte[]::clone)))
                    : Optional.empty();
        }
    }

    private static boolean volume(Path folder) {
        Path version = folder.resolve(VERSION);
        try {
            return Files.isSymbolicLink(version)
                    && ROOT.equals(Files.getAttribute(version, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                    && ROOT.equals(Files.getAttribute(version, "unix:uid"));
        } catch (IOException gone) {
            return false;
        }
    }
}

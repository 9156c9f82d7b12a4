package dev.hardening.secrets.cli;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * How this program is started again by a hook of git.
 *
 * <p>A hook runs at the top of a repository, which may hold a file of any name and content: nothing in the command may
 * depend on the folder it is run in. Where that cannot be had, there is no command.
 */
final class Restart {
    private static final String MAIN = SecretsCommand.class.getName();

    private Restart() {}

    static List<String> ofProcess() {
        // A module path is no class path, and what was added to the modules is not known here.
        if (SecretsCommand.class.getModule().isNamed()) {
            return List.of();
        }
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return home().map(home -> command(
                        java,
                        System.getProperty("java.class.path", ""),
                        home,
                        Path.of("").toAbsolutePath()))
                .orElse(List.of());
    }

    /** The command for a class path as it is seen from a folder, or nothing; home is where this class was found. */
    static List<String> command(Path java, String classPath, Path home, Path folder) {
        List<Path> entries = new ArrayList<>();
        try {
            for (String entry : classPath.split(File.pathSeparator, -1)) {
                // An empty entry is the folder in which the program is started, whichever that is.
                if (entry.isEmpty()) {
                    return List.of();
                }
                entries.add(absolute(folder, entry));
            }
            if (!holds(entries, home)) {
                return List.of();
            }
            return entries.size() == 1 && runs(entries.get(0))
                    ? List.of(java.toString(), "-jar", entries.get(0).toString())
                    : List.of(java.toString(), "-cp", joined(entries), MAIN);
        } catch (IOException | InvalidPathException unknown) {
            return List.of();
        }
    }

    /** A link stays one, so that it may lead to a newer version; what stands before two dots may be one. */
    private static Path absolute(Path folder, String entry) throws IOException {
        Path path = folder.resolve(entry);
        return path.equals(path.normalize()) ? path : path.toRealPath();
    }

    private static boolean holds(List<Path> entries, Path home) throws IOException {
        for (Path entry : entries) {
            if (Files.exists(entry) && Files.isSameFile(entry, home)) {
                return true;
            }
        }
        return false;
    }

    private static boolean runs(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            return manifest != null && MAIN.equals(manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS));
        }
    }

    private static String joined(List<Path> entries) {
        return String.join(
                File.pathSeparator, entries.stream().map(Path::toString).toList());
    }

    private static Optional<Path> home() {
        try {
            return Optional.of(Path.of(SecretsCommand.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI()));
        } catch (URISyntaxException | RuntimeException unknown) {
            return Optional.empty();
        }
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the verbs touch beside their arguments and files, so that a test can hand in its own.
 *
 * @param self how this program is started again from any folder; empty if that is not known
 */
record Surroundings(
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        Path folder,
        Clock clock,
        LongSupplier ticker,
        Terminal terminal,
        List<String> self) {

    static Surroundings ofProcess() {
        return new Surroundings(
                new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.getenv(),
                Path.of("").toAbsolutePath(),
                Clock.systemUTC(),
                System::nanoTime,
                Terminal.ofProcess(),
                Restart.ofProcess());
    }

    /** A path as the caller wrote it, seen from the folder the caller is in; absolute, and without dots. */
    Path path(Path given) {
        Path at = given.isAbsolute() ? Objects.requireNonNull(given.getRoot(), "root") : folder;
        for (Path name : given) {
            if (name.toString().equals("..")) {
                at = above(at);
            } else if (!name.toString().equals(".")) {
                at = at.resolve(name);
            }
        }
        return at;
    }

    /** What {@code link/..} is only the file system knows; cutting it out of the text would lead elsewhere. */
    private static Path above(Path folder) {
        try {
            Path real = folder.toRealPath();
            if (Files.isDirectory(real)) {
                return Optional.ofNullable(real.getParent()).orElse(real);
            }
        } catch (IOException absent) {
            // Then nothing is above it either.
        }
        throw new IllegalArgumentException("a path leads above " + folder + ", which is no folder");
    }

    SecretSource variables() {
        return name -> secretOf(environment.get(name));
    }

    boolean colours() {
        return terminal.output() && !environment.containsKey("NO_COLOR");
    }

    private static Optional<Secret> secretOf(@Nullable String value) {
        return value == null || value.isEmpty() ? Optional.empty() : Optional.of(Secret.of(value));
    }
}

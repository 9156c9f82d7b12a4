package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
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

    /** A path as the caller wrote it, seen from the folder the caller is in. */
    Path path(Path given) {
        return folder.resolve(given).normalize();
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

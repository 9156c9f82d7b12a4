package dev.hardening.secrets.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who sits at the other end of the streams, if anybody does. */
interface Terminal {
    /** Whether what goes to standard output is read by a person now, and may have colours. */
    boolean output();

    /** Whether what goes to standard error is read by a person now, and may be overwritten. */
    boolean errors();

    /** Asks for a secret without showing it; empty if nobody can be asked. */
    Optional<char[]> ask(String question);

    /** The terminal of this process. */
    static Terminal ofProcess() {
        return new Terminal() {
            @Override
            public boolean output() {
                return attached(1);
            }

            @Override
            public boolean errors() {
                return attached(2);
            }

            @Override
            public Optional<char[]> ask(String question) {
                return attached(0)
                        ? console().flatMap(console -> Optional.ofNullable(console.readPassword("%s: ", question)))
                        : Optional.empty();
            }
        };
    }

    /** Where the system tells what a stream leads to, that counts; elsewhere, that there is a console. */
    private static boolean attached(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException untold) {
            return console().isPresent();
        }
    }

    // From JDK 22 on there is a console even where no stream is a terminal; that is why it is not asked first.
    @SuppressWarnings("SystemConsoleNull")
    private static Optional<Console> console() {
        return Optional.ofNullable(System.console());
    }
}

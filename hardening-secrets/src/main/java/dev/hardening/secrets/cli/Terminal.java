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
        return of(Path.of("/proc/self/fd"));
    }

    /** The terminal of a process whose open files are links in a folder, if the system has such a folder. */
    static Terminal of(Path descriptors) {
        return new Terminal() {
            @Override
            public boolean output() {
                return attached(descriptors, 1);
            }

            @Override
            public boolean errors() {
                return attached(descriptors, 2);
            }

            @Override
            public Optional<char[]> ask(String question) {
                return attached(descriptors, 0)
                        ? console().flatMap(console -> Optional.ofNullable(console.readPassword("%s: ", question)))
                        : Optional.empty();
            }
        };
    }

    /** Where the system tells what a stream leads to, that counts; elsewhere, what the console says. */
    private static boolean attached(Path descriptors, int descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptors.resolve(Integer.toString(descriptor)))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException untold) {
            return console().filter(Terminal::interactive).isPresent();
        }
    }

    // JDK 22 to 24 make a console of any streams, and JDK 22 and newer have a method that tells; it is looked up, since
    // this is compiled for JDK 17.
    private static boolean interactive(Console console) {
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException older) {
            return true;
        } catch (ReflectiveOperationException untold) {
            return false;
        }
    }

    // On JDK 17 there is none where no stream is a terminal.
    @SuppressWarnings("SystemConsoleNull")
    private static Optional<Console> console() {
        return Optional.ofNullable(System.console());
    }
}

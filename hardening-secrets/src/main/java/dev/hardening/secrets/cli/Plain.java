package dev.hardening.secrets.cli;

import dev.hardening.secrets.internal.Printable;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Text that a terminal takes for text: the name of a file may hold what it would take for an order. */
final class Plain {
    private Plain() {}

    /** One line, whose line ends are not those of people but of names. */
    static String of(String text) {
        return Printable.of(text);
    }

    /** Lines that were made as lines. */
    static String lines(String text) {
        return Arrays.stream(text.split("\n", -1)).map(Printable::of).collect(Collectors.joining("\n"));
    }

    /** One line of several. */
    static String line(String text) {
        return of(text.strip().replaceAll("\\s*\\R\\s*", "; "));
    }
}

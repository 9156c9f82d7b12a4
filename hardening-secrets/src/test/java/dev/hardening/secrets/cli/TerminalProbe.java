package dev.hardening.secrets.cli;

import java.nio.file.Path;

/** Says what a process of its own takes for a terminal. */
public final class TerminalProbe {
    private TerminalProbe() {}

    /** Asks the system, or a folder of links in its place. */
    public static void main(String[] arguments) {
        Terminal terminal = arguments.length == 0 ? Terminal.ofProcess() : Terminal.of(Path.of(arguments[0]));
        String typed = terminal.ask("word").map(String::valueOf).orElse("nothing");
        System.out.println("output " + terminal.output() + ", errors " + terminal.errors() + ", typed " + typed);
    }
}

package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** One verb of the command line: what it takes, and what it does. */
interface Verb {
    /**
     * Adds options, parameters and help. The first line of the description stands in the list of verbs, the footer is
     * the example.
     */
    void describe(CommandSpec spec);

    /** Does it; a fault ends it by an exception, see {@link Failure}. */
    Answer run(ParseResult given, Surroundings here);
}

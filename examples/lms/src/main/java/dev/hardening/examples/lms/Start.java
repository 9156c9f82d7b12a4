package dev.hardening.examples.lms;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * What the outside world hands to a start.
 *
 * @param environment the variables of the process
 * @param arguments of the command line
 * @param clock the wall clock of all parts
 * @param random the one source of randomness
 */
record Start(Map<String, String> environment, List<String> arguments, Clock clock, SecureRandom random) {
    private static final String DEMO = "--demo";

    Start {
        environment = Map.copyOf(environment);
        arguments = List.copyOf(arguments);
    }

    /** Whether to seed a school to play with. */
    boolean demo() {
        return arguments.contains(DEMO);
    }

    /** The arguments that mean nothing. */
    List<String> unknown() {
        return arguments.stream().filter(argument -> !argument.equals(DEMO)).toList();
    }
}

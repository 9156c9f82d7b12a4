package dev.hardening.secrets.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line without repeating what was written there, since a word may be the secret that
 * somebody typed where a file belongs. One that has the form of an option, {@code --lower-case}, is an option.
 */
final class Complaint {
    static final String NO_VERB = "a verb is missing";

    private Complaint() {}

    static String of(ParameterException thrown) {
        CommandSpec spec = thrown.getCommandLine().getCommandSpec();
        return fault(thrown) + ". See: " + spec.qualifiedName() + " --help";
    }

    private static String fault(ParameterException thrown) {
        if (thrown instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        if (thrown instanceof MissingParameterException missing) {
            return missing.getMissing().stream().map(Complaint::label).collect(Collectors.joining(", "))
                    + " must be given with a value";
        }
        if (thrown instanceof OverwrittenOptionException twice) {
            return label(twice.getOverwritten()) + " may be given once";
        }
        ArgSpec about = thrown.getArgSpec();
        if (about != null) {
            return label(about) + " is not as it must be";
        }
        return NO_VERB.equals(thrown.getMessage()) ? NO_VERB : "the command line is not as it must be";
    }

    private static String label(ArgSpec about) {
        return about instanceof OptionSpec option ? option.longestName() : about.paramLabel();
    }

    private static String unmatched(UnmatchedArgumentException thrown) {
        List<String> words = thrown.getUnmatched();
        String first = words.get(0);
        String what = first.matches("--[a-z][a-z-]*(=.*)?")
                ? "unknown option " + first.replaceAll("=.*", "")
                : "there is no verb or parameter for one of the words";
        String close = thrown.getSuggestions().stream().limit(3).collect(Collectors.joining(", "));
        return close.isEmpty() ? what : what + ", did you mean " + close;
    }
}

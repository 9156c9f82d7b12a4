package dev.hardening.secrets.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line without repeating what was written there: a word that is no option may be the
 * secret that somebody typed where a file belongs.
 */
final class Complaint {
    private Complaint() {}

    static String of(ParameterException thrown) {
        CommandSpec spec = thrown.getCommandLine().getCommandSpec();
        String hint = ". See: " + spec.qualifiedName() + " --help";
        if (thrown instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched) + hint;
        }
        if (thrown instanceof MissingParameterException || thrown.getArgSpec() == null) {
            return Plain.line(String.valueOf(thrown.getMessage())) + hint;
        }
        String label = thrown.getArgSpec().isOption()
                ? ((CommandLine.Model.OptionSpec) thrown.getArgSpec()).longestName()
                : thrown.getArgSpec().paramLabel();
        return label + " is not as it must be" + hint;
    }

    private static String unmatched(UnmatchedArgumentException thrown) {
        List<String> words = thrown.getUnmatched();
        String first = words.get(0);
        String what = first.matches("--?[a-z][a-z-]*(=.*)?")
                ? "unknown option " + first.replaceAll("=.*", "")
                : "there is no verb or parameter for one of the words";
        String close = thrown.getSuggestions().stream().limit(3).collect(Collectors.joining(", "));
        return close.isEmpty() ? what : what + ", did you mean " + close;
    }
}

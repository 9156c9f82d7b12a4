package dev.hardening.secrets.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The kinds of options and parameters the verbs have. */
final class Syntax {
    private Syntax() {}

    static void help(CommandSpec spec, String description, String example) {
        spec.usageMessage()
                .description(description)
                .footerHeading("%nExample:%n")
                .footer(example.split("\n"));
    }

    static OptionSpec text(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build();
    }

    /** Takes no dash in front, as other programs do: then a value is missing, or something else was typed. */
    static OptionSpec path(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(Path.class)
                .converters(Syntax::path)
                .description(description)
                .build();
    }

    private static Path path(String word) {
        if (word.startsWith("-")) {
            throw new TypeConversionException("a file of such a name is written ./-name");
        }
        return Path.of(word);
    }

    static OptionSpec number(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(Integer.class)
                .description(description)
                .build();
    }

    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    static OptionSpec many(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build();
    }

    static OptionSpec dryRun() {
        return flag("--dry-run", "Tell what would be done, and write nothing.");
    }

    static PositionalParamSpec parameter(int index, String label, Class<?> type, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .paramLabel(label)
                .type(type)
                .description(description)
                .build();
    }

    static PositionalParamSpec optional(int index, String label, Class<?> type, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .paramLabel(label)
                .type(type)
                .description(description)
                .build();
    }

    /** A path that can be one of a file: the top of all folders has no name. */
    static Path named(String label, Path path) {
        if (path.getFileName() == null) {
            throw new IllegalArgumentException(label + " must name a file");
        }
        return path;
    }

    static boolean has(ParseResult given, String option) {
        return known(given, option) && given.hasMatchedOption(option);
    }

    /** Whether the answer is to be one JSON document. */
    static boolean json(ParseResult given) {
        return has(given, "--json")
                || (has(given, "--format") && text(given, "--format").equals("json"));
    }

    /** Whether the verb has this option at all. */
    static boolean known(ParseResult given, String option) {
        return given.commandSpec().findOption(option) != null;
    }

    static boolean dry(ParseResult given) {
        return has(given, "--dry-run");
    }

    static List<String> list(ParseResult given, String option) {
        return given.matchedOptionValue(option, List.of());
    }

    static String text(ParseResult given, String option) {
        return given.matchedOptionValue(option, "");
    }
}

package dev.hardening.secrets.cli;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The program {@code hardening-secrets}: makes, checks and rotates secrets and keys, seals files, scans repositories.
 *
 * <p>Ends with 0 if all is well, 1 if something is wrong with what it looked at, 2 if the command line is, and 3 if a file,
 * a database or a random source does not answer. Never says a secret unless told to by {@code --print}.
 */
public final class SecretsCommand {
    private SecretsCommand() {}

    /**
     * Runs one verb and ends the process.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(run(Surroundings.ofProcess(), arguments));
    }

    /** Runs one verb; an answer that nobody got is none, so that a script does not go on without it. */
    static int run(Surroundings here, String... arguments) {
        int code = execute(here, arguments);
        if (!here.out().checkError()) {
            return code;
        }
        here.err().println("hardening-secrets: the answer could not be written to standard output");
        here.err().flush();
        return Exit.IO.code();
    }

    private static int execute(Surroundings here, String... arguments) {
        boolean json = json(Arrays.asList(arguments));
        CommandLine line = new CommandLine(tree(here))
                .setOut(here.out())
                .setErr(here.err())
                .setExpandAtFiles(false)
                .setInterpolateVariables(false)
                .setPosixClusteredShortOptionsAllowed(false)
                .setUsageHelpAutoWidth(false)
                .setColorScheme(Help.defaultColorScheme(here.colours() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setParameterExceptionHandler((thrown, words) ->
                        failed(here, json, thrown.getCommandLine(), new Failure(Exit.USAGE, Complaint.of(thrown))))
                .setExecutionExceptionHandler(
                        (thrown, command, parsed) -> failed(here, json, command, Failure.of(thrown)));
        try {
            return line.execute(arguments);
        } catch (LinkageError | VirtualMachineError broken) {
            // A trace would say what was on the stack; the type is enough to look further.
            here.err()
                    .println(
                            "hardening-secrets: unexpected " + broken.getClass().getSimpleName());
            return Exit.IO.code();
        } finally {
            here.out().flush();
            here.err().flush();
        }
    }

    /** Looked for in the words, so that a command line that is not understood is answered in the form it asked for. */
    private static boolean json(List<String> words) {
        return words.contains("--json")
                || words.contains("--format=json")
                || Collections.indexOfSubList(words, List.of("--format", "json")) >= 0;
    }

    static CommandSpec tree(Surroundings here) {
        CommandSpec root = group("hardening-secrets", "Makes, checks, rotates and finds secrets and keys.");
        root.usageMessage()
                .footerHeading("%nEnds with:%n")
                .footer(
                        "  0  all is well",
                        "  1  something is wrong with what was looked at",
                        "  2  something is wrong with the command line",
                        "  3  a file, a database, git or a random source does not answer",
                        "",
                        "Example:",
                        "  hardening-secrets init --profile production");
        Verbs.of(here).forEach(root::addSubcommand);
        finish(root);
        return root;
    }

    /** A command that only has others below it. */
    static CommandSpec group(String name, String description, String... example) {
        CommandSpec[] own = new CommandSpec[1];
        CommandSpec spec = CommandSpec.wrapWithoutInspection((Runnable) () -> {
            throw new ParameterException(own[0].commandLine(), Complaint.NO_VERB);
        });
        own[0] = spec;
        spec.name(name)
                .usageMessage()
                .description(description)
                .footerHeading("%nExample:%n")
                .footer(example);
        return spec;
    }

    private static void finish(CommandSpec spec) {
        String version = Optional.ofNullable(SecretsCommand.class.getPackage().getImplementationVersion())
                .orElse("without a version");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .arity("0")
                .usageHelp(true)
                .description("Show this help.")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .arity("0")
                .versionHelp(true)
                .description("Show the version.")
                .build());
        spec.version("hardening-secrets " + version);
        spec.usageMessage().sortOptions(false).synopsisSubcommandLabel("VERB");
        // An alias leads to the same command.
        new LinkedHashSet<>(spec.subcommands().values()).forEach(below -> finish(below.getCommandSpec()));
    }

    private static int failed(Surroundings here, boolean json, CommandLine command, Failure failure) {
        if (json) {
            String verb = command.getCommandSpec().qualifiedName().replaceFirst("^\\S+ ?", "");
            Answer answer = new Answer().exit(failure.exit()).with("error", failure.line());
            here.out().print(answer.json(verb));
        }
        here.err().println("hardening-secrets: " + failure.line());
        return failure.exit().code();
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * A secret that a verb needs, read from a variable, from a file or from the keyboard; never from the command line, which
 * every user of the machine can list.
 */
final class SecretInput {
    private static final int LIMIT = 1 << 16;

    private final String prefix;
    private final String what;
    private final boolean twice;

    /** The options are {@code --<prefix>-env}, {@code --<prefix>-file} and {@code --<prefix>-ask}. */
    SecretInput(String prefix, String what) {
        this(prefix, what, false);
    }

    private SecretInput(String prefix, String what, boolean twice) {
        this.prefix = prefix;
        this.what = what;
        this.twice = twice;
    }

    /** The same for what is to wrap something new, asked twice: a slip that nobody sees would lose what it wraps. */
    SecretInput twice() {
        return new SecretInput(prefix, what, true);
    }

    void describe(CommandSpec spec) {
        spec.addOption(Syntax.text(
                env(), "NAME", "The variable that holds the " + what + ", in the environment or in --env-file."));
        spec.addOption(Syntax.path(file(), "FILE", "The file that holds the " + what + ", for its owner only."));
        spec.addOption(Syntax.flag(ask(), "Ask for the " + what + " on the terminal."));
    }

    static void describeEnvFile(CommandSpec spec) {
        spec.addOption(Syntax.path("--env-file", "FILE", "The env file in which to look for variables."));
    }

    boolean given(ParseResult given) {
        return Syntax.has(given, env()) || Syntax.has(given, file()) || Syntax.has(given, ask());
    }

    /** Gives the secret, the caller's to close. */
    Secret read(ParseResult given, Surroundings here) {
        if (Stream.of(env(), file(), ask())
                        .filter(option -> Syntax.has(given, option))
                        .count()
                > 1) {
            throw new IllegalArgumentException(
                    "the " + what + " comes from one place: " + env() + ", " + file() + " or " + ask());
        }
        if (Syntax.has(given, env())) {
            return variable(given, here);
        }
        if (Syntax.has(given, file())) {
            return file(Present.file(Syntax.named(file(), here.path(given.matchedOptionValue(file(), Path.of(""))))));
        }
        if (Syntax.has(given, ask())) {
            return asked(here);
        }
        throw new IllegalArgumentException("the " + what + " is missing: " + env() + ", " + file() + " or " + ask());
    }

    private Secret asked(Surroundings here) {
        Secret typed = typed(here, what);
        if (twice) {
            try (Secret again = typed(here, what + " again")) {
                if (!typed.matches(again)) {
                    typed.close();
                    throw new IllegalArgumentException("the " + what + " was not typed the same twice");
                }
            }
        }
        return typed;
    }

    private Secret typed(Surroundings here, String question) {
        return here.terminal()
                .ask(question)
                .filter(typed -> typed.length > 0)
                .map(Secret::of)
                .orElseThrow(() -> new IllegalArgumentException("there is no terminal to ask for the " + what
                        + " on, or nothing was typed; use " + env() + " or " + file()));
    }

    private Secret variable(ParseResult given, Surroundings here) {
        Path envFile = given.matchedOptionValue("--env-file", Path.of(""));
        SecretSource source = envFile.toString().isEmpty()
                ? here.variables()
                : here.variables().or(SecretSource.envFile(here.path(envFile)));
        // The name is not repeated: it may be the secret, typed in the wrong place.
        return source.find(Syntax.text(given, env()))
                .orElseThrow(() -> new IllegalArgumentException("the variable that " + env() + " names is not set"));
    }

    private Secret file(Path file) {
        try {
            byte[] content = PrivateFile.at(file)
                    .read(LIMIT)
                    .orElseThrow(() -> new SecretsUnavailableException("the file of " + file() + " does not exist"));
            return withoutLineEnd(content);
        } catch (SecretsConfigurationException unsafe) {
            return MountedSecret.read(file).orElseThrow(() -> unsafe);
        }
    }

    private Secret withoutLineEnd(byte[] content) {
        int length = content.length;
        if (length > 0 && content[length - 1] == '\n') {
            length -= length > 1 && content[length - 2] == '\r' ? 2 : 1;
        }
        byte[] value = Arrays.copyOf(content, length);
        Arrays.fill(content, (byte) 0);
        if (length == 0) {
            throw new IllegalArgumentException("the file of " + file() + " is empty");
        }
        return Secret.of(value);
    }

    private String env() {
        return "--" + prefix + "-env";
    }

    private String file() {
        return "--" + prefix + "-file";
    }

    private String ask() {
        return "--" + prefix + "-ask";
    }
}

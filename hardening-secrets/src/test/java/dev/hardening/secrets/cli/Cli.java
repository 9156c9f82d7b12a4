package dev.hardening.secrets.cli;

import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Runs the command line in this process, with streams, environment and clock of its own. */
final class Cli {
    final FakeClock clock = FakeClock.create();
    final FakeTicker ticker = FakeTicker.create();
    private final Path folder;
    private Map<String, String> environment = Map.of();
    private List<String> self = List.of("java", "-jar", "/opt/x-cli.jar");
    private LongSupplier ticks = ticker;
    private boolean watched;
    private final Deque<String> typed = new ArrayDeque<>();
    final List<String> questions = new ArrayList<>();

    /** What a run said and how it ended. */
    record Said(int exit, String out, String err) {
        String all() {
            return out + err;
        }
    }

    Cli(Path folder) {
        this.folder = folder;
    }

    Cli environment(Map<String, String> variables) {
        environment = variables;
        return this;
    }

    /** A person reads along. */
    Cli watched() {
        watched = true;
        return this;
    }

    /** From a module path, say. */
    Cli startedInNoKnownWay() {
        self = List.of();
        return this;
    }

    /** A second passes whenever it is asked, so that all work is long. */
    Cli hurried() {
        ticks = () -> ticker.advance(Duration.ofSeconds(1)).getAsLong();
        return this;
    }

    /** What the person types when asked: one text after the other, and the last one again and again. */
    Cli typing(String... texts) {
        typed.clear();
        typed.addAll(List.of(texts));
        return this;
    }

    Said run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = SecretsCommand.run(surroundings(new PrintWriter(out), new PrintWriter(err)), arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    Surroundings surroundings(PrintWriter out, PrintWriter err) {
        return new Surroundings(out, err, environment, folder, clock, ticks, terminal(), self);
    }

    private Terminal terminal() {
        return new Terminal() {
            @Override
            public boolean output() {
                return watched;
            }

            @Override
            public boolean errors() {
                return watched;
            }

            @Override
            public Optional<char[]> ask(String question) {
                questions.add(question);
                return Optional.ofNullable(typed.size() > 1 ? typed.poll() : typed.peek())
                        .map(String::toCharArray);
            }
        };
    }
}

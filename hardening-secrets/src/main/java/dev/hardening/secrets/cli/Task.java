package dev.hardening.secrets.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A verb as picocli calls it: runs it and says its answer in the form that was asked for. */
final class Task implements Callable<Integer> {
    private final String name;
    private final Verb verb;
    private final Surroundings here;
    private @Nullable CommandSpec spec;

    private Task(String name, Verb verb, Surroundings here) {
        this.name = name;
        this.verb = verb;
        this.here = here;
    }

    static CommandSpec spec(String name, Verb verb, Surroundings here) {
        Task task = new Task(name, verb, here);
        // Without inspection: nothing of this module is found by reflection.
        CommandSpec spec = CommandSpec.wrapWithoutInspection(task);
        verb.describe(spec);
        spec.addOption(Syntax.flag("--json", "Answer with one JSON document."));
        task.spec = spec;
        return spec;
    }

    @Override
    public Integer call() {
        ParseResult given = Objects.requireNonNull(spec).commandLine().getParseResult();
        Answer answer = verb.run(given, here);
        here.out().print(Syntax.json(given) ? answer.json(name) : answer.text());
        here.out().flush();
        return answer.exit().code();
    }
}

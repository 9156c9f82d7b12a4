package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Tells how the keys of a ring stand. */
final class RingListVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Lists the keys of a ring, those that are refused too.",
                "  hardening-secrets ring list --ring signing --folder rings --key-env ENCRYPTION_KEY --env-file .env.production");
        place.describe(spec);
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        return place.open(given, here).told(given);
    }
}

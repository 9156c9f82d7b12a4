package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Erases a key. */
final class RingDestroyVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Erases the material of a disabled key for good.",
                "  hardening-secrets ring destroy 0f1e2d3c4b5a6978 --ring signing --folder rings --key-env ENCRYPTION_KEY");
        spec.addPositional(Syntax.parameter(0, "KEY", String.class, "The id of the key, as ring list tells it."));
        place.describe(spec);
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        String id = given.matchedPositionalValue(0, "");
        opened.ring().destroy(id);
        return opened.told(given).with("id", id);
    }
}

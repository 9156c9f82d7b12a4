package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Puts the next key of a ring to use. */
final class RingPromoteVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Puts a pending key to use; the one before is still accepted.",
                "  hardening-secrets ring promote 0f1e2d3c4b5a6978 --ring signing --folder rings --key-env ENCRYPTION_KEY");
        spec.addPositional(Syntax.parameter(0, "KEY", String.class, "The id of the key, as ring list tells it."));
        place.describe(spec);
        spec.addOption(Syntax.flag(
                "--now", "Do not wait until all others know the key; for the day on which the one before has leaked."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        String id = given.matchedPositionalValue(0, "");
        if (Syntax.has(given, "--now")) {
            opened.ring().unsafePromoteNow(id);
        } else {
            opened.ring().promote(id);
        }
        return opened.told(given).with("id", id);
    }
}

package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Ends the use of a key. */
final class RingDisableVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Refuses a key from now on; what it sealed does not open, its material is kept.",
                "  hardening-secrets ring disable 0f1e2d3c4b5a6978 --ring signing --folder rings --key-env ENCRYPTION_KEY");
        spec.addPositional(Syntax.parameter(0, "KEY", String.class, "The id of the key, as ring list tells it."));
        place.describe(spec);
        spec.addOption(Syntax.flag(
                "--now", "Do not wait until nobody makes anything with it any more; for a key that has leaked."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        String id = given.matchedPositionalValue(0, "");
        if (Syntax.has(given, "--now")) {
            opened.ring().unsafeDisableNow(id);
        } else {
            opened.ring().disable(id);
        }
        return opened.told(given).with("id", id);
    }
}

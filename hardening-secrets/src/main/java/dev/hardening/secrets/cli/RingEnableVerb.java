package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Takes the end of a key back. */
final class RingEnableVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Accepts a disabled key again, as a retiring one; for one that was disabled too early.",
                "  hardening-secrets ring enable 0f1e2d3c4b5a6978 --ring sealing --folder rings --key-env ENCRYPTION_KEY");
        spec.addPositional(Syntax.parameter(0, "KEY", String.class, "The id of the key, as ring list tells it."));
        place.describe(spec);
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        String id = given.matchedPositionalValue(0, "");
        opened.ring().unsafeReenable(id);
        return opened.told(given).with("id", id);
    }
}

package dev.hardening.secrets.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes the next key of a ring. */
final class RingAddVerb implements Verb {
    private final RingPlace place = new RingPlace("");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes a pending key, which promote puts to use once all others know it.",
                "  hardening-secrets ring add --ring signing --folder rings --key-env ENCRYPTION_KEY");
        place.describe(spec);
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        String id = opened.ring().add().id();
        return opened.told(given).with("id", id);
    }
}

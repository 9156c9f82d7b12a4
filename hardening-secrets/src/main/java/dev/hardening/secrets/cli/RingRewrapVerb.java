package dev.hardening.secrets.cli;

import dev.hardening.secrets.ring.RingEvent;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Changes what wraps a ring. */
final class RingRewrapVerb implements Verb {
    private final RingPlace place = RingPlace.wrappedAnew();

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Wraps a ring by another key-encryption key; its keys stay as they are.",
                "  hardening-secrets ring rewrap --ring signing --folder rings --key-env ENCRYPTION_KEY --previous-key-env ENCRYPTION_KEY_PREVIOUS --env-file .env.production");
        place.describe(spec);
        place.describePrevious(spec);
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        RingPlace.Opened opened = place.open(given, here);
        opened.ring().rewrap();
        boolean rewrapped = opened.events().stream().anyMatch(event -> event.kind() == RingEvent.Kind.REWRAPPED);
        return opened.told(given).with("rewrapped", rewrapped);
    }
}

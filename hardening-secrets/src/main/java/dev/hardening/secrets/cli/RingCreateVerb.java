package dev.hardening.secrets.cli;

import dev.hardening.secrets.ring.KeyKind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a ring, in a folder, which is made too, or in a database that is there. */
final class RingCreateVerb implements Verb {
    private final RingPlace place = RingPlace.wrappedAnew();

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes a ring with a first key, and its folder.",
                "  hardening-secrets ring create --ring sealing --folder rings --key-env ENCRYPTION_KEY --env-file .env.production");
        place.describe(spec);
        spec.addOption(Syntax.text(
                "--kind",
                "KIND",
                "aes-256 (if nothing else is said) for sealing; ec-p256, ec-p384, ed25519 or hmac-256 for signing."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        KeyKind kind = Words.constant(KeyKind.class, "--kind", given.matchedOptionValue("--kind", "aes-256"));
        return place.create(given, here, kind).told(given);
    }
}

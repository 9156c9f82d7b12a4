package dev.hardening.secrets.cli;

import dev.hardening.secrets.ring.KeyRing;
import java.util.Optional;
import java.util.function.BiConsumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Does one thing to one key of a ring. */
final class RingKeyVerb implements Verb {
    private static final String NOW = "--now";

    private final RingPlace place = new RingPlace("");
    private final String name;
    private final String does;
    private final BiConsumer<KeyRing, String> act;
    private final Optional<AtOnce> atOnce;

    /** What {@code --now} does, for a day that cannot wait. */
    private record AtOnce(String does, BiConsumer<KeyRing, String> act) {}

    private RingKeyVerb(String name, String does, BiConsumer<KeyRing, String> act, Optional<AtOnce> atOnce) {
        this.name = name;
        this.does = does;
        this.act = act;
        this.atOnce = atOnce;
    }

    static Verb promote() {
        return new RingKeyVerb(
                "promote",
                "Puts a pending key to use; the one before is still accepted.",
                KeyRing::promote,
                Optional.of(new AtOnce(
                        "Do not wait until all others know the key; for the day on which the one before has leaked.",
                        KeyRing::unsafePromoteNow)));
    }

    static Verb disable() {
        return new RingKeyVerb(
                "disable",
                "Refuses a key from now on; what it sealed does not open, its material is kept.",
                KeyRing::disable,
                Optional.of(new AtOnce(
                        "Do not wait until nobody makes anything with it any more; for a key that has leaked.",
                        KeyRing::unsafeDisableNow)));
    }

    static Verb enable() {
        return new RingKeyVerb(
                "enable",
                "Accepts a disabled key again, as a retiring one; for one that was disabled too early.",
                KeyRing::unsafeReenable,
                Optional.empty());
    }

    static Verb destroy() {
        return new RingKeyVerb(
                "destroy", "Erases the material of a disabled key for good.", KeyRing::destroy, Optional.empty());
    }

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                does,
                "  hardening-secrets ring " + name
                        + " 0f1e2d3c4b5a6978 --ring signing --folder rings --key-env ENCRYPTION_KEY");
        spec.addPositional(Syntax.parameter(0, "KEY", String.class, "The id of the key, as ring list tells it."));
        place.describe(spec);
        atOnce.ifPresent(now -> spec.addOption(Syntax.flag(NOW, now.does())));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        String id = Grammar.KEY_ID.check("KEY", given.matchedPositionalValue(0, ""));
        RingPlace.Opened opened = place.open(given, here);
        boolean now = Syntax.has(given, NOW);
        (now ? atOnce.orElseThrow().act() : act).accept(opened.ring(), id);
        return opened.told(given).with("id", id);
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.seal.FileSealer;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Seals a file under a ring. */
final class SealVerb implements Verb {
    private final RingPlace place = new RingPlace("sealing");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Seals a file under the active key of a ring.",
                "  hardening-secrets seal backup.tar --folder rings --key-env ENCRYPTION_KEY --context backup");
        SealedPlace.describe(spec, "The file to seal.", "Where to; SOURCE.sealed if nothing else is said.");
        place.describe(spec);
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path source = SealedPlace.source(given, here);
        Path usual = Path.of(source + SealedPlace.ENDING);
        FileTarget target = SealedPlace.target(given, here, usual);
        RingPlace.Opened opened = place.open(given, here);
        SealContext context = SealedPlace.context(given);
        try (Progress progress = new Progress(here)) {
            FileSealer files = Sealer.of(opened.ring()).files().onProgress(progress::bytes);
            target.fill(out -> {
                files.seal(source, out, context);
                return true;
            });
        }
        return SealedPlace.told(given, source, target)
                .line((Syntax.dry(given) ? "would seal " : "sealed ") + source + " into " + target.path()
                        + " under key " + opened.ring().active().id())
                .with("key", opened.ring().active().id());
    }
}

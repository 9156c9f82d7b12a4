package dev.hardening.secrets.cli;

import dev.hardening.secrets.seal.FileSealer;
import dev.hardening.secrets.seal.Opening;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Opens a file that {@code seal} made. */
final class OpenVerb implements Verb {
    private static final String DAMAGED =
            " is refused: it is damaged, or it was sealed by another ring or for another context";

    private final RingPlace place = new RingPlace("sealing");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Opens a sealed file; one that is damaged leaves nothing.",
                "  hardening-secrets open backup.tar.sealed --folder rings --key-env ENCRYPTION_KEY --context backup");
        SealedPlace.describe(spec, "The file to open.", "Where to; SOURCE without .sealed if nothing else is said.");
        place.describe(spec);
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path source = SealedPlace.source(given, here);
        FileTarget target = SealedPlace.target(given, here, usual(source));
        RingPlace.Opened opened = place.open(given, here);
        SealContext context = SealedPlace.context(given);
        Answer answer = SealedPlace.told(given, source, target);
        boolean good;
        try (Progress progress = new Progress(here)) {
            FileSealer files = Sealer.of(opened.ring()).files().onProgress(progress::bytes);
            good = target.fill(out -> files.open(source, out, context).fold(written -> true, refused -> {
                answer.line(source + why(refused)).exit(Exit.FINDINGS);
                return false;
            }));
        }
        return good
                ? answer.line((Syntax.dry(given) ? "would open " : "opened ") + source + " into " + target.path())
                : answer;
    }

    private static String why(Opening.Refused<?> refused) {
        return refused.unknownKey()
                .map(key -> " is refused: the ring has no key " + key)
                .orElse(DAMAGED);
    }

    private static Path usual(Path source) {
        String name = source.toString();
        return name.endsWith(SealedPlace.ENDING)
                ? Path.of(name.substring(0, name.length() - SealedPlace.ENDING.length()))
                : Path.of(name + ".opened");
    }
}

package dev.hardening.secrets.cli;

import dev.hardening.secrets.seal.FileSealer;
import dev.hardening.secrets.seal.Opening;
import dev.hardening.secrets.seal.Sealer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        FileTarget target = SealedPlace.target(given, here, opened(source));
        RingPlace.Opened ring = place.open(given, here);
        Answer answer = SealedPlace.told(given, source, target);
        if (Syntax.dry(given)) {
            return answer.line("would open " + source + " into " + target.path());
        }
        List<String> refusals = new ArrayList<>();
        try (Progress progress = new Progress(here)) {
            target.fill(file -> {
                FileSealer files = Sealer.of(ring.ring()).files().onProgress(progress::bytes);
                files.open(source, file, SealedPlace.context(given))
                        .fold(written -> true, refused -> refusals.add(why(refused)));
                return refusals.isEmpty();
            });
        }
        return refusals.isEmpty()
                ? answer.line("opened " + source + " into " + target.path())
                : answer.line(source + refusals.get(0)).exit(Exit.FINDINGS);
    }

    private static String why(Opening.Refused<Path> refused) {
        return refused.unknownKey()
                .map(key -> " is refused: the ring has no key " + key)
                .orElse(DAMAGED);
    }

    private static Path opened(Path source) {
        String name = source.toString();
        return name.endsWith(SealedPlace.ENDING)
                ? Path.of(name.substring(0, name.length() - SealedPlace.ENDING.length()))
                : Path.of(name + ".opened");
    }
}

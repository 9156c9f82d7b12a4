package dev.hardening.secrets.cli;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a passphrase for people. */
final class PassphraseVerb implements Verb {
    private static final int LIMIT = 1 << 16;

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes a passphrase of words, into a file or onto the screen.",
                "  hardening-secrets passphrase --bits 128 --out backup.pass");
        spec.addOption(Syntax.number("--bits", "BITS", "How strong it must be, 128 to 4096; 128 if nothing is said."));
        spec.addOption(Syntax.path("--out", "FILE", "Write it there; a file that exists is kept."));
        spec.addOption(Syntax.flag("--print", "Show it."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        boolean print = Syntax.has(given, "--print");
        boolean dry = Syntax.dry(given);
        if (!print && !Syntax.has(given, "--out")) {
            throw new IllegalArgumentException("passphrase needs --out FILE or --print");
        }
        SecretSpec.Words spec = new SecretSpec.Words(given.matchedOptionValue("--bits", 128));
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        double bits = Math.floor(spec.strength().effectiveBits() * 10) / 10;
        Answer answer = new Answer()
                .line(spec.count() + " words, " + bits + " bits strong, drawn from " + generator.source())
                .with("words", spec.count())
                .with("strengthBits", bits)
                .with("randomSource", generator.source())
                .with("dryRun", dry);
        try (Secret made = generator.next(spec)) {
            if (Syntax.has(given, "--out")) {
                write(answer, PrivateFile.at(place(given, here)), made, dry);
            }
            if (print && !dry && answer.exit() == Exit.OK) {
                answer.line(made.reveal()).with("value", made.reveal());
            }
        }
        return answer;
    }

    private static Path place(ParseResult given, Surroundings here) {
        return Present.place(Syntax.named("--out", here.path(given.matchedOptionValue("--out", Path.of("")))));
    }

    private static void write(Answer answer, PrivateFile file, Secret made, boolean dry) {
        boolean written = dry
                ? file.read(LIMIT).isEmpty()
                : file.update(LIMIT, existing -> existing.isPresent() ? Optional.empty() : Optional.of(bytes(made)));
        String what = written ? (dry ? "would be written" : "written") : "kept, it exists already";
        answer.line(file.path() + " " + what)
                .with("file", file.path())
                .with("written", written && !dry)
                .exitIf(!written);
    }

    private static byte[] bytes(Secret made) {
        return made.use(value -> {
            byte[] line = Arrays.copyOf(value, value.length + 1);
            line[value.length] = '\n';
            return line;
        });
    }
}

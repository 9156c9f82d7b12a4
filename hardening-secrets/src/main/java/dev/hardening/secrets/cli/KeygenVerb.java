package dev.hardening.secrets.cli;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.certificate.Pkcs12;
import dev.hardening.secrets.keypair.KeyPairFiles;
import dev.hardening.secrets.keypair.KeyPairFiles.Outcome;
import dev.hardening.secrets.keypair.KeyPairKind;
import dev.hardening.secrets.keypair.KeyPairMaker;
import dev.hardening.secrets.keypair.MadeKeyPair;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a key pair, the private half in a file of its own. */
final class KeygenVerb implements Verb {
    private static final int LIMIT = 1 << 16;

    private final SecretInput passphrase = new SecretInput("passphrase", "passphrase of the PKCS#12 file").twice();

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes a key pair as JWK, PEM or PKCS#12; the public half is a file of its own.",
                "  hardening-secrets keygen --kind ed25519 --name signing --format pem");
        spec.addOption(Syntax.text(
                "--kind", "KIND", "ec-p256 (if nothing else is said), ec-p384, ed25519, rsa-3072 or rsa-4096."));
        spec.addOption(Syntax.text("--name", "NAME", "How the names of the files begin; key if nothing else is said."));
        spec.addOption(Syntax.path("--folder", "FOLDER", "Where to; this folder if nothing else is said."));
        spec.addOption(Syntax.text("--format", "FORMAT", "jwk (if nothing else is said), pem or p12."));
        passphrase.describe(spec);
        SecretInput.describeEnvFile(spec);
        spec.addOption(Syntax.flag("--print", "Show the private half, and write no file."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        KeyPairKind kind = Words.constant(KeyPairKind.class, "--kind", given.matchedOptionValue("--kind", "ec-p256"));
        Format format = Words.constant(Format.class, "--format", given.matchedOptionValue("--format", "jwk"));
        String name = Grammar.FILES.check("--name", given.matchedOptionValue("--name", "key"));
        Path folder = here.path(given.matchedOptionValue("--folder", here.folder()));
        if (Syntax.has(given, "--print") && format == Format.P12) {
            throw new IllegalArgumentException("--print shows jwk and pem; p12 is not for screens");
        }
        if (!Syntax.has(given, "--print")) {
            Present.folder(folder);
        }
        KeyPairFiles files = KeyPairFiles.at(folder, name);
        KeyPairMaker maker = KeyPairMaker.create(new SecureRandom());
        Answer answer = new Answer().with("kind", Words.of(kind)).with("dryRun", Syntax.dry(given));
        try (MadeKeyPair pair = maker.next(kind)) {
            byte[] store = format == Format.P12 ? pkcs12(pair, name, given, here) : new byte[0];
            if (Syntax.dry(given)) {
                return tried(answer, given, format.files(folder, name));
            }
            answer.line("key " + pair.id() + ", drawn from " + maker.source())
                    .with("id", pair.id())
                    .with("randomSource", maker.source());
            if (Syntax.has(given, "--print")) {
                print(answer, format, pair);
            } else if (format == Format.P12) {
                write(answer, folder.resolve(name + ".p12"), store);
            } else {
                tell(answer, format == Format.PEM ? files.writePem(pair) : files.writeJwk(pair));
            }
        }
        return answer;
    }

    /** The first file is the private one, whose folder must be safe. */
    private static Answer tried(Answer answer, ParseResult given, List<Path> files) {
        if (Syntax.has(given, "--print")) {
            return answer.line("would show the private half, and write no file").with("files", List.of());
        }
        boolean there = PrivateFile.at(files.get(0)).read(LIMIT).isPresent();
        Optional<Path> existing = there
                ? Optional.of(files.get(0))
                : files.stream()
                        .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                        .findFirst();
        if (existing.isPresent()) {
            kept(answer, existing.get());
            return answer;
        }
        files.forEach(file -> answer.line("would write " + file));
        return answer.with("files", files);
    }

    private static void print(Answer answer, Format format, MadeKeyPair pair) {
        try (Secret text = format == Format.PEM ? pair.privatePem() : pair.privateJwk()) {
            String shown = text.reveal();
            shown.lines().forEach(answer::line);
            answer.with("value", shown).with("public", format == Format.PEM ? pair.publicPem() : pair.publicJwk());
        }
    }

    private static void tell(Answer answer, Outcome outcome) {
        if (outcome instanceof Outcome.Written written) {
            answer.line("private half " + written.privateHalf())
                    .line("public half " + written.publicHalf())
                    .with("files", List.of(written.privateHalf(), written.publicHalf()));
        } else if (outcome instanceof Outcome.Kept kept) {
            kept(answer, kept.file());
        }
    }

    private static void kept(Answer answer, Path file) {
        answer.line(file + " kept, it exists already; move it away first")
                .with("files", List.of())
                .exit(Exit.FINDINGS);
    }

    private byte[] pkcs12(MadeKeyPair pair, String name, ParseResult given, Surroundings here) {
        try (Secret secret = passphrase.read(given, here)) {
            return Pkcs12.builder()
                    .pair(pair.privateKey(), pair.publicKey())
                    .name(name)
                    .clock(here.clock())
                    .build()
                    .encode(secret);
        }
    }

    private static void write(Answer answer, Path file, byte[] content) {
        boolean written = PrivateFile.at(file)
                .update(LIMIT, existing -> existing.isPresent() ? Optional.empty() : Optional.of(content));
        if (written) {
            answer.line("private half with a certificate " + file).with("files", List.of(file));
        } else {
            kept(answer, file);
        }
    }

    /** How the pair is written. */
    private enum Format {
        JWK,
        PEM,
        P12;

        List<Path> files(Path folder, String name) {
            List<String> endings = switch (this) {
                case JWK -> List.of(".jwk", ".pub.jwks");
                case PEM -> List.of(".pem", ".pub.pem");
                case P12 -> List.of(".p12");
            };
            return endings.stream().map(ending -> folder.resolve(name + ending)).toList();
        }
    }
}

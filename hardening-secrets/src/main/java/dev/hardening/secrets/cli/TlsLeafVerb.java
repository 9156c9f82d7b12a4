package dev.hardening.secrets.cli;

import dev.hardening.secrets.certificate.DevelopmentAuthority;
import dev.hardening.secrets.certificate.IssuedCertificate;
import dev.hardening.secrets.certificate.LeafKey;
import dev.hardening.secrets.certificate.LeafRequest;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a server's key and certificate for development. */
final class TlsLeafVerb implements Verb {
    private static final TimeSpan LIFETIME = new TimeSpan("1s", "90d");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes a key and a certificate of 90 days for a server.",
                "  hardening-secrets tls leaf --folder dev-ca --name localhost --address 127.0.0.1 --out server");
        spec.addOption(Syntax.many("--name", "NAME", "A name of the server; may be repeated."));
        spec.addOption(Syntax.many("--address", "ADDRESS", "An address of the server; may be repeated."));
        spec.addOption(Syntax.path("--out", "FILE", "How the files begin, FILE.pem and FILE.key; server if not said."));
        spec.addOption(Syntax.text("--lifetime", "TIME", "How long it is valid, 90d at most and if nothing is said."));
        spec.addOption(Syntax.text("--key", "KIND", "ec-p256 (if nothing else is said), ec-p384, ed25519, rsa-3072."));
        spec.addOption(Syntax.flag("--force", "Replace the files."));
        AuthorityPlace.describe(spec);
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path out =
                Present.place(Syntax.named("--out", here.path(given.matchedOptionValue("--out", Path.of("server")))));
        Path chain = out.resolveSibling(out.getFileName() + ".pem");
        Path key = out.resolveSibling(out.getFileName() + ".key");
        DevelopmentAuthority.Builder authority = AuthorityPlace.check(AuthorityPlace.opened(given, here));
        Consumer<LeafRequest> wanted = wanted(given);
        if (!Syntax.has(given, "--force")) {
            free(chain);
            free(key);
        }
        if (!AuthorityPlace.there(given, here)) {
            throw new IllegalStateException(
                    "there is no authority in " + AuthorityPlace.folder(given, here) + "; tls dev-ca makes one");
        }
        Answer answer = new Answer().with("chain", chain).with("key", key).with("dryRun", Syntax.dry(given));
        boolean dry = Syntax.dry(given);
        // A certificate that is made and written nowhere is what the run would refuse or not.
        LeafRequest request = (dry ? authority.existing().orElseThrow() : authority.build()).leaf();
        wanted.accept(request);
        IssuedCertificate issued = request.issue();
        if (dry) {
            return answer.line("would write " + chain + " and " + key);
        }
        issued.write(chain, key);
        String end = issued.chain().get(0).getNotAfter().toInstant().toString();
        return answer.line("certificate " + chain + " until " + end)
                .line("private key " + key)
                .with("until", end);
    }

    /** What the command line asks for, checked before anything is opened. */
    private static Consumer<LeafRequest> wanted(ParseResult given) {
        List<String> names = Grammar.HOST.check("--name", Syntax.list(given, "--name"));
        List<String> addresses = Grammar.ADDRESS.check("--address", Syntax.list(given, "--address"));
        if (names.isEmpty() && addresses.isEmpty()) {
            throw new IllegalArgumentException("--name or --address must say for which server");
        }
        LeafKey key = Words.constant(LeafKey.class, "--key", given.matchedOptionValue("--key", "ec-p256"));
        Optional<Duration> lifetime = Syntax.has(given, "--lifetime")
                ? Optional.of(LIFETIME.of("--lifetime", Syntax.text(given, "--lifetime")))
                : Optional.empty();
        return request -> {
            request.key(key);
            names.forEach(request::name);
            addresses.forEach(request::address);
            lifetime.ifPresent(request::lifetime);
        };
    }

    private static void free(Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IllegalStateException(file + " exists; --force replaces it");
        }
    }
}

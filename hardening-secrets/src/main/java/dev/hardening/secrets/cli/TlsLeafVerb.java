package dev.hardening.secrets.cli;

import dev.hardening.secrets.certificate.IssuedCertificate;
import dev.hardening.secrets.certificate.LeafKey;
import dev.hardening.secrets.certificate.LeafRequest;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a server's key and certificate for development. */
final class TlsLeafVerb implements Verb {
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
        Path out = here.path(given.matchedOptionValue("--out", Path.of("server")));
        Path chain = out.resolveSibling(out.getFileName() + ".pem");
        Path key = out.resolveSibling(out.getFileName() + ".key");
        if (!Syntax.has(given, "--force")) {
            free(chain);
            free(key);
        }
        if (!AuthorityPlace.there(given, here)) {
            throw new IllegalStateException(
                    "there is no authority in " + AuthorityPlace.folder(given, here) + "; tls dev-ca makes one");
        }
        Answer answer = new Answer().with("chain", chain).with("key", key).with("dryRun", Syntax.dry(given));
        if (Syntax.dry(given)) {
            return answer.line("would write " + chain + " and " + key);
        }
        IssuedCertificate issued = request(given, here).issue();
        issued.write(chain, key);
        String end = issued.chain().get(0).getNotAfter().toInstant().toString();
        return answer.line("certificate " + chain + " until " + end)
                .line("private key " + key)
                .with("until", end);
    }

    private static LeafRequest request(ParseResult given, Surroundings here) {
        LeafRequest request = AuthorityPlace.opened(given, here)
                .build()
                .leaf()
                .key(Words.constant(LeafKey.class, "--key", given.matchedOptionValue("--key", "ec-p256")));
        Grammar.HOST.check("--name", Syntax.list(given, "--name")).forEach(request::name);
        Grammar.ADDRESS.check("--address", Syntax.list(given, "--address")).forEach(request::address);
        if (Syntax.has(given, "--lifetime")) {
            request.lifetime(TimeSpan.of("--lifetime", Syntax.text(given, "--lifetime")));
        }
        return request;
    }

    private static void free(Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IllegalStateException(file + " exists; --force replaces it");
        }
    }
}

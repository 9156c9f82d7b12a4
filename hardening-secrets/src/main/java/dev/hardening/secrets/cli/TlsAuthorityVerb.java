package dev.hardening.secrets.cli;

import dev.hardening.secrets.certificate.DevelopmentAuthority;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Makes a certificate authority for development. */
final class TlsAuthorityVerb implements Verb {
    private static final TimeSpan LIFETIME = new TimeSpan("1d", "3650d");

    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Makes an authority for development, or tells about the one that is there.",
                "  hardening-secrets tls dev-ca --folder dev-ca --domain localhost --domain lms.test");
        AuthorityPlace.describe(spec);
        spec.addOption(Syntax.text("--lifetime", "TIME", "How long a new one is valid; 365d if nothing else is said."));
        spec.addOption(Syntax.dryRun());
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path folder = AuthorityPlace.folder(given, here);
        Answer answer = new Answer().with("folder", folder).with("dryRun", Syntax.dry(given));
        DevelopmentAuthority.Builder builder = AuthorityPlace.made(given, here);
        if (Syntax.has(given, "--lifetime")) {
            builder.lifetime(LIFETIME.of("--lifetime", Syntax.text(given, "--lifetime")));
        }
        AuthorityPlace.check(builder);
        if (Syntax.dry(given)) {
            return dry(answer, builder, folder);
        }
        OwnFolder.make(folder);
        return told(answer, builder.build(), folder);
    }

    /** Opens what is there; what is not would be made in a folder that is there, or beside one. */
    private static Answer dry(Answer answer, DevelopmentAuthority.Builder builder, Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Present.place(folder);
            return answer.line("would make the folder " + folder + " and an authority in it");
        }
        return builder.existing()
                .map(authority -> told(answer, authority, folder))
                .orElseGet(() -> answer.line("would make an authority in " + folder));
    }

    private static Answer told(Answer answer, DevelopmentAuthority authority, Path folder) {
        List<String> names = Stream.concat(authority.domains().stream(), authority.addresses().stream())
                .toList();
        String end = authority.certificate().getNotAfter().toInstant().toString();
        return answer.line("authority for " + String.join(", ", names) + " until " + end)
                .line("tell clients to trust " + folder.resolve("ca.pem"))
                .with("domains", List.copyOf(authority.domains()))
                .with("addresses", List.copyOf(authority.addresses()))
                .with("trust", folder.resolve("ca.pem"))
                .with("until", end);
    }
}

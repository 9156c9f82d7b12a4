package dev.hardening.secrets.cli;

import dev.hardening.secrets.certificate.DevelopmentAuthority;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The development authority that a verb works with: its folder and the names it may speak for. */
final class AuthorityPlace {
    private static final List<String> DOMAINS = List.of("localhost", "test");
    private static final List<String> ADDRESSES = List.of("127.0.0.1", "::1");

    private AuthorityPlace() {}

    static void describe(CommandSpec spec) {
        spec.addOption(
                Syntax.path("--folder", "FOLDER", "The folder of the authority; dev-ca if nothing else is said."));
        spec.addOption(Syntax.many(
                "--domain", "DOMAIN", "A domain it may speak for; localhost and test if nothing else is said."));
        spec.addOption(Syntax.many(
                "--for-address",
                "ADDRESS",
                "An address it may speak for; 127.0.0.1 and ::1 if neither this nor --domain is said."));
        spec.addOption(Syntax.flag("--allow-any-name", "Allow names that somebody may own."));
    }

    static Path folder(ParseResult given, Surroundings here) {
        return here.path(given.matchedOptionValue("--folder", Path.of("dev-ca")));
    }

    static List<String> domains(ParseResult given) {
        return usual(given) ? DOMAINS : Syntax.list(given, "--domain");
    }

    static List<String> addresses(ParseResult given) {
        return usual(given) ? ADDRESSES : Syntax.list(given, "--for-address");
    }

    static DevelopmentAuthority.Builder builder(ParseResult given, Surroundings here) {
        DevelopmentAuthority.Builder builder = DevelopmentAuthority.builder()
                .folder(folder(given, here))
                .domains(domains(given).toArray(String[]::new))
                .addresses(addresses(given).toArray(String[]::new))
                .clock(here.clock());
        if (Syntax.has(given, "--allow-any-name")) {
            builder.allowAnyName();
        }
        return builder;
    }

    private static boolean usual(ParseResult given) {
        return !Syntax.has(given, "--domain") && !Syntax.has(given, "--for-address");
    }
}

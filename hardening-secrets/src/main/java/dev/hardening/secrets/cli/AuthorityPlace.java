package dev.hardening.secrets.cli;

import dev.hardening.secrets.certificate.DevelopmentAuthority;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The development authority that a verb works with: its folder and the names it may speak for. */
final class AuthorityPlace {
    private AuthorityPlace() {}

    static void describe(CommandSpec spec) {
        spec.addOption(
                Syntax.path("--folder", "FOLDER", "The folder of the authority; dev-ca if nothing else is said."));
        spec.addOption(Syntax.many(
                "--domain",
                "DOMAIN",
                "A domain it may speak for; for a new one localhost and test if nothing is said."));
        spec.addOption(Syntax.many(
                "--for-address",
                "ADDRESS",
                "An address it may speak for; for a new one 127.0.0.1 and ::1 if neither this nor --domain is said."));
        spec.addOption(Syntax.flag("--allow-any-name", "Allow names that somebody may own."));
    }

    static Path folder(ParseResult given, Surroundings here) {
        return here.path(given.matchedOptionValue("--folder", Path.of("dev-ca")));
    }

    /** One that is there speaks for the names it was made for, unless others are said, which it then refuses. */
    static DevelopmentAuthority.Builder opened(ParseResult given, Surroundings here) {
        DevelopmentAuthority.Builder builder = DevelopmentAuthority.builder()
                .folder(folder(given, here))
                .domains(Grammar.DOMAIN
                        .check("--domain", Syntax.list(given, "--domain"))
                        .toArray(String[]::new))
                .addresses(Grammar.ADDRESS
                        .check("--for-address", Syntax.list(given, "--for-address"))
                        .toArray(String[]::new))
                .clock(here.clock());
        if (Syntax.has(given, "--allow-any-name")) {
            builder.allowAnyName();
        }
        return builder;
    }

    /** Ends with a fault of the command line before anything is opened. */
    static DevelopmentAuthority.Builder check(DevelopmentAuthority.Builder builder) {
        List<String> faults = builder.faults();
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(
                    String.join("; ", faults).replace("allowAnyName takes", "--allow-any-name takes"));
        }
        return builder;
    }

    /** A new one speaks for the usual names of a developer's machine unless others are said. */
    static DevelopmentAuthority.Builder made(ParseResult given, Surroundings here) {
        DevelopmentAuthority.Builder builder = opened(given, here);
        if (!Syntax.has(given, "--domain") && !Syntax.has(given, "--for-address") && !there(given, here)) {
            builder.domains("localhost", "test").addresses("127.0.0.1", "::1");
        }
        return builder;
    }

    static boolean there(ParseResult given, Surroundings here) {
        return Files.exists(folder(given, here).resolve("authority.pem"), LinkOption.NOFOLLOW_LINKS);
    }
}

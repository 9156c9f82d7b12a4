package dev.hardening.secrets.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** All verbs, in the order of the help. */
final class Verbs {
    private final Surroundings here;

    private Verbs(Surroundings here) {
        this.here = here;
    }

    static Map<String, CommandSpec> of(Surroundings here) {
        return new Verbs(here).all();
    }

    private Map<String, CommandSpec> all() {
        Map<String, CommandSpec> verbs = new LinkedHashMap<>();
        verbs.put("init", Task.spec("init", new InitVerb(), here));
        verbs.put("check", Task.spec("check", new CheckVerb(), here));
        verbs.put("rotate", Task.spec("rotate", new RotateVerb(), here));
        verbs.put("keygen", Task.spec("keygen", new KeygenVerb(), here));
        verbs.put("passphrase", Task.spec("passphrase", new PassphraseVerb(), here));
        verbs.put("tls", tls());
        verbs.put("seal", Task.spec("seal", new SealVerb(), here));
        verbs.put("open", Task.spec("open", new OpenVerb(), here));
        verbs.put("ring", ring());
        verbs.put("scan", Task.spec("scan", new ScanVerb(), here));
        verbs.put("guard", Task.spec("guard", new GuardVerb(), here));
        return verbs;
    }

    private CommandSpec tls() {
        CommandSpec group = SecretsCommand.group(
                "tls",
                "Makes certificates for development.",
                "  hardening-secrets tls dev-ca",
                "  hardening-secrets tls leaf --name localhost");
        CommandSpec leaf = Task.spec("tls leaf", new TlsLeafVerb(), here);
        leaf.aliases("issue");
        group.addSubcommand("dev-ca", Task.spec("tls dev-ca", new TlsAuthorityVerb(), here));
        group.addSubcommand("leaf", leaf);
        return group;
    }

    private CommandSpec ring() {
        CommandSpec group = SecretsCommand.group(
                "ring",
                "Makes and rotates the keys of a ring, in a folder or a database.",
                "  hardening-secrets ring list --ring signing \\",
                "      --jdbc-url jdbc:postgresql://db/lms --jdbc-user lms \\",
                "      --jdbc-password-env DB_PASSWORD --key-env ENCRYPTION_KEY");
        Map<String, Verb> verbs = new LinkedHashMap<>();
        verbs.put("create", new RingCreateVerb());
        verbs.put("list", new RingListVerb());
        verbs.put("add", new RingAddVerb());
        verbs.put("promote", RingKeyVerb.promote());
        verbs.put("disable", RingKeyVerb.disable());
        verbs.put("enable", RingKeyVerb.enable());
        verbs.put("destroy", RingKeyVerb.destroy());
        verbs.put("rewrap", new RingRewrapVerb());
        verbs.forEach((name, verb) -> group.addSubcommand(name, Task.spec("ring " + name, verb, here)));
        return group;
    }
}

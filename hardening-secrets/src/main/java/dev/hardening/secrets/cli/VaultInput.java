package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyEncryptionKey;
import dev.hardening.secrets.vault.Vault;
import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A key of Vault's transit engine: where Vault is, what the key is called there, and the token that may use it. */
final class VaultInput {
    private static final String MOUNT = "transit";

    private final String prefix;
    private final String when;
    private final SecretInput token;

    /** The options are {@code --<prefix>vault} and those that begin so. */
    VaultInput(String prefix, String when) {
        this.prefix = prefix;
        this.when = when;
        this.token = new SecretInput(prefix + "vault-token", "token of Vault");
    }

    void describe(CommandSpec spec) {
        spec.addOption(Syntax.text(address(), "URL", "The Vault server whose transit engine " + when + " it."));
        spec.addOption(Syntax.text(key(), "NAME", "The key of the transit engine."));
        spec.addOption(Syntax.text(
                mount(), "PATH", "Where the transit engine is mounted; " + MOUNT + " if nothing else is said."));
        spec.addOption(Syntax.text(namespace(), "NAME", "The namespace, where Vault has them."));
        token.describe(spec);
    }

    boolean given(ParseResult given) {
        return Syntax.has(given, address());
    }

    String address() {
        return "--" + prefix + "vault";
    }

    /** Gives the key; its connection lives as long as this run, as everything else that holds the ring open. */
    KeyEncryptionKey read(ParseResult given, Surroundings here) {
        URI uri = uri(given);
        String name = Syntax.text(given, key());
        if (name.isEmpty()) {
            throw new IllegalArgumentException(key() + " must name the key of the transit engine");
        }
        try (Secret read = token.read(given, here)) {
            return Vault.builder()
                    .address(uri)
                    .namespace(Syntax.text(given, namespace()))
                    .token(read)
                    .build()
                    .transit(given.matchedOptionValue(mount(), MOUNT), name);
        }
    }

    /** The address is not repeated: a user and a password may stand in it. */
    private URI uri(ParseResult given) {
        try {
            return new URI(Syntax.text(given, address()));
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(address() + " is no address");
        }
    }

    private String key() {
        return address() + "-key";
    }

    private String mount() {
        return address() + "-mount";
    }

    private String namespace() {
        return address() + "-namespace";
    }
}

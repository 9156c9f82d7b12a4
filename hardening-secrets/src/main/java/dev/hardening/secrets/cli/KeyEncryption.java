package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.AesKeyEncryptionKey;
import dev.hardening.secrets.ring.KeyEncryptionKey;
import dev.hardening.secrets.ring.PassphraseKeyEncryptionKey;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The key that wraps a ring, or wrapped it before: a secret as it is, a passphrase, an entry of a key store, or Vault. */
final class KeyEncryption {
    private final String prefix;
    private final String when;
    private final SecretInput key;
    private final SecretInput passphrase;
    private final SecretInput storePassword;
    private final VaultInput vault;

    private KeyEncryption(String prefix, String when, UnaryOperator<SecretInput> asking) {
        this.prefix = prefix;
        this.when = when;
        this.key = asking.apply(new SecretInput(prefix + "key", "secret that " + when + " the ring"));
        this.passphrase = asking.apply(new SecretInput(prefix + "passphrase", "passphrase that " + when + " the ring"));
        this.storePassword = new SecretInput(prefix + "keystore-password", "password of the key store");
        this.vault = new VaultInput(prefix + "key-", when);
    }

    static KeyEncryption current() {
        return new KeyEncryption("", "wraps", UnaryOperator.identity());
    }

    /** The current one where it wraps for the first time, so that nothing yet tells a slip of the one who types it. */
    static KeyEncryption fresh() {
        return new KeyEncryption("", "wraps", SecretInput::twice);
    }

    static KeyEncryption previous() {
        return new KeyEncryption("previous-", "wrapped", UnaryOperator.identity());
    }

    void describe(CommandSpec spec) {
        key.describe(spec);
        passphrase.describe(spec);
        spec.addOption(Syntax.text(
                passphraseId(), "ID", "How that passphrase is called in the ring; passphrase if nothing is said."));
        spec.addOption(Syntax.path(keystore(), "FILE", "The PKCS#12 key store with the AES key that " + when + " it."));
        spec.addOption(Syntax.text(alias(), "ALIAS", "The entry of the key store; ring if nothing is said."));
        storePassword.describe(spec);
        vault.describe(spec);
    }

    boolean given(ParseResult given) {
        return key.given(given) || passphrase.given(given) || Syntax.has(given, keystore()) || vault.given(given);
    }

    /** Hands the one that was given to one of the two. */
    void use(ParseResult given, Surroundings here, Consumer<Secret> secret, Consumer<KeyEncryptionKey> wrapping) {
        List<Boolean> all =
                List.of(key.given(given), passphrase.given(given), Syntax.has(given, keystore()), vault.given(given));
        long kinds = all.stream().filter(Boolean::booleanValue).count();
        if (kinds != 1) {
            throw new IllegalArgumentException("one of --" + prefix + "key-env, --" + prefix + "passphrase-env, "
                    + keystore() + " and " + vault.address() + ", or their like, must say what " + when + " the ring");
        }
        if (key.given(given)) {
            secret.accept(key.read(given, here));
        } else if (passphrase.given(given)) {
            wrapping.accept(byPassphrase(given, here));
        } else if (vault.given(given)) {
            wrapping.accept(vault.read(given, here));
        } else {
            wrapping.accept(byKeyStore(given, here));
        }
    }

    private KeyEncryptionKey byPassphrase(ParseResult given, Surroundings here) {
        try (Secret typed = passphrase.read(given, here)) {
            return PassphraseKeyEncryptionKey.builder()
                    .id(Grammar.LABEL.check(passphraseId(), given.matchedOptionValue(passphraseId(), "passphrase")))
                    .passphrase(typed)
                    .build();
        }
    }

    private KeyEncryptionKey byKeyStore(ParseResult given, Surroundings here) {
        try (Secret password = storePassword.read(given, here)) {
            Path file = Present.file(here.path(given.matchedOptionValue(keystore(), Path.of(""))));
            return AesKeyEncryptionKey.ofKeyStore(file, password, given.matchedOptionValue(alias(), "ring"));
        }
    }

    private String passphraseId() {
        return "--" + prefix + "passphrase-id";
    }

    private String keystore() {
        return "--" + prefix + "keystore";
    }

    private String alias() {
        return "--" + prefix + "keystore-alias";
    }
}

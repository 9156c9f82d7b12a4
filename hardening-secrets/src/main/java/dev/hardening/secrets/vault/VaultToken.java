package dev.hardening.secrets.vault;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.util.Arrays;

/** The token as it is now: one of our own that ends with the connection, or a file that somebody else renews. */
interface VaultToken extends AutoCloseable {
    int LONGEST = 8_192;

    /** The caller's to close. */
    Secret now();

    /** Wipes what is held here. */
    @Override
    void close();

    static VaultToken of(Secret token) {
        Secret own = token.use(Secret::of);
        return new VaultToken() {
            @Override
            public Secret now() {
                return own.use(Secret::of);
            }

            @Override
            public void close() {
                own.close();
            }
        };
    }

    static VaultToken in(PrivateFile file) {
        return new VaultToken() {
            @Override
            public Secret now() {
                return read(file);
            }

            @Override
            public void close() {
                // Each reading is closed by the one who asked for it.
            }
        };
    }

    private static Secret read(PrivateFile file) {
        byte[] content = content(file);
        boolean lineEnd = content.length > 0 && content[content.length - 1] == '\n';
        byte[] text = lineEnd ? Arrays.copyOf(content, content.length - 1) : content.clone();
        Arrays.fill(content, (byte) 0);
        if (text.length == 0) {
            throw new SecretsUnavailableException(file.path() + " holds no token");
        }
        return Secret.of(text);
    }

    /** To those who ask Vault for a key, a file that is not safe to trust is an outage like any other. */
    private static byte[] content(PrivateFile file) {
        try {
            return file.read(LONGEST + 1).orElse(new byte[0]);
        } catch (SecretsConfigurationException unsafe) {
            throw new SecretsUnavailableException(
                    "the token file is not safe to use: " + String.join("; ", unsafe.faults()), unsafe);
        }
    }
}

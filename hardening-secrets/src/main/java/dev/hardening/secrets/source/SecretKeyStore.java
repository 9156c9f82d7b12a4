package dev.hardening.secrets.source;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.internal.Pkcs12Bytes;
import dev.hardening.secrets.internal.Utf8;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of a PKCS#12 key store as secrets.
 *
 * <p>A secret key gives its bytes, a private key its PKCS#8 encoding; certificates are left out. A key store does not keep
 * the case of a name, so the name of the variable is the alias in upper case. The code over the whole file is checked, so
 * one that is half written does not open. The file is held to the rules of {@link PrivateFile}, also where Kubernetes
 * mounts it, and to 1 MiB; store and keys have one password.
 */
public final class SecretKeyStore implements SecretReader {
    private static final int LIMIT = 1 << 20;
    private static final int MOST_ENTRIES = 1_000;

    private final MountedFile file;
    private final Secret password;

    private SecretKeyStore(Path file, Secret password) {
        this.file = new MountedFile(file);
        this.password = password;
    }

    /**
     * Starts a reader; {@code file} and {@code password} are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public SecretReading read() {
        byte[] content = file.read(this::content);
        SecretReading.Builder reading = SecretReading.builder();
        try {
            file.lookAtMount(MountTable.read(MountTable.OF_THIS_PROCESS), reading);
            withPassword(characters -> fill(open(content, characters), characters, reading));
            return reading.build();
        } finally {
            Arrays.fill(content, (byte) 0);
            reading.discard();
        }
    }

    private byte[] content(Path path) {
        return PrivateFile.at(path)
                .read(LIMIT)
                .orElseThrow(() -> new SecretsUnavailableException(file.path() + " is not there"));
    }

    private <T> T withPassword(Function<char[], T> work) {
        return password.use(bytes -> {
            char[] characters = Utf8.characters(bytes).orElseThrow();
            try {
                return work.apply(characters);
            } finally {
                Arrays.fill(characters, '\0');
            }
        });
    }

    private KeyStore open(byte[] content, char[] characters) {
        if (!Pkcs12Bytes.plausible(content)) {
            throw new SecretsUnavailableException(file.path() + " is not a PKCS#12 key store");
        }
        try {
            return Pkcs12Bytes.open(content, characters);
        } catch (IOException failed) {
            throw failed.getCause() instanceof UnrecoverableKeyException
                    ? new SecretsUnavailableException(
                            Reason.WRONG_KEY, file.path() + " does not open with the password given, or was changed")
                    : new SecretsUnavailableException(file.path() + " is not a whole PKCS#12 key store");
        } catch (GeneralSecurityException | RuntimeException failed) {
            throw unreadable(failed);
        }
    }

    private SecretReading.Builder fill(KeyStore store, char[] characters, SecretReading.Builder reading) {
        try {
            List<String> aliases = Collections.list(store.aliases());
            if (aliases.size() > MOST_ENTRIES) {
                throw new SecretsConfigurationException(
                        List.of(file.path() + " must have at most " + MOST_ENTRIES + " entries"));
            }
            Collections.sort(aliases);
            for (String alias : aliases) {
                if (store.isKeyEntry(alias)) {
                    add(alias.toUpperCase(Locale.ROOT), store.getKey(alias, characters), reading);
                }
            }
            return reading;
        } catch (GeneralSecurityException failed) {
            throw unreadable(failed);
        }
    }

    private static void add(String name, Key key, SecretReading.Builder reading) {
        byte[] encoded = key.getEncoded();
        if (encoded == null || encoded.length == 0) {
            reading.unusable(name, "empty", "has no value");
        } else {
            reading.value(name, Secret.of(encoded));
        }
    }

    private SecretsUnavailableException unreadable(Exception failed) {
        return new SecretsUnavailableException(
                "cannot read " + file.path() + ": " + failed.getClass().getSimpleName());
    }

    /** Collects what the reader needs; not safe for many threads. */
    public static final class Builder {
        private @Nullable Path file;
        private @Nullable Secret password;

        private Builder() {}

        /**
         * Says which key store is read; mandatory.
         *
         * @param path the file
         * @return this builder
         */
        public Builder file(Path path) {
            file = Objects.requireNonNull(path, "path");
            return this;
        }

        /**
         * Gives the password of the store and of its keys; mandatory. It is needed for each reading and must not be
         * closed before the reader is out of use.
         *
         * @param storePassword ASCII
         * @return this builder
         */
        public Builder password(Secret storePassword) {
            password = Objects.requireNonNull(storePassword, "storePassword");
            return this;
        }

        private static boolean hasMoreThanAscii(byte[] bytes) {
            for (byte one : bytes) {
                if (one < 0) {
                    return true;
                }
            }
            return false;
        }

        /**
         * Makes the reader; nothing is opened yet.
         *
         * @return the reader
         * @throws SecretsConfigurationException with every fault of what was given
         */
        public SecretKeyStore build() {
            List<String> faults = new ArrayList<>();
            if (file == null) {
                faults.add("file is missing");
            }
            if (password == null) {
                faults.add("password is missing");
            }
            // The provider of the JDK takes no other; each key in the store is under the same password.
            if (password != null && password.use(Builder::hasMoreThanAscii)) {
                faults.add("password must be ASCII");
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new SecretKeyStore(Objects.requireNonNull(file), Objects.requireNonNull(password));
        }
    }
}

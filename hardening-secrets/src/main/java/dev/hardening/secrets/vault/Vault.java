package dev.hardening.secrets.vault;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.source.SecretReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A HashiCorp Vault server, reached over HTTPS with a token.
 *
 * <p>{@link #keyValue} reads a secret of a key-value store (version 2) and belongs into a
 * {@link dev.hardening.secrets.source.WatchedSource}; {@link #transit} wraps key rings. The token goes to the given
 * address alone: redirects are not followed and no proxy is used. An answer may have 1 MiB and take the request timeout
 * in all. Tokens are not renewed here; a Vault agent that keeps a token file does that.
 *
 * <p>Safe for many threads; every method of what it makes does I/O. The token becomes a {@code String} for each request,
 * which cannot be wiped.
 */
public final class Vault implements AutoCloseable {
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*");
    private static final int LONGEST_PATH = 180;

    private final VaultClient client;

    private Vault(VaultClient client) {
        this.client = client;
    }

    /**
     * Starts a connection; {@code address} and one of {@code token} and {@code tokenFile} are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads the latest version of a secret; each of its fields that is a text is a value, the version its revision.
     *
     * @param mount where the key-value store is mounted, such as {@code secret}
     * @param secret the path of the secret in it, such as {@code lms/production}
     * @return its reader; nothing is asked yet
     * @throws IllegalArgumentException if one of them is no path of letters, digits, dots, dashes and underscores
     */
    public SecretReader keyValue(String mount, String secret) {
        return new VaultKeyValue(client, path("mount", mount), path("secret", secret));
    }

    /**
     * Wraps and unwraps with a key of the transit engine, which has to be of an AEAD type ({@code aes256-gcm96}).
     *
     * @param mount where the transit engine is mounted, such as {@code transit}
     * @param key the name of the key
     * @return the key-encryption key; nothing is asked yet
     * @throws IllegalArgumentException if one of them is no path of letters, digits, dots, dashes and underscores
     */
    public VaultTransit transit(String mount, String key) {
        String engine = path("mount", mount);
        String name = path("key", key);
        if (name.indexOf('/') >= 0 || engine.length() + name.length() > LONGEST_PATH) {
            throw new IllegalArgumentException("key must be one name, at most " + LONGEST_PATH + " with mount");
        }
        return new VaultTransit(client, engine, name);
    }

    /**
     * Ends the threads of this connection, after the requests under way where Java can wait for them (21), and wipes the
     * token it was given. What was made from it then fails as if Vault were away; closing again does nothing.
     */
    @Override
    public void close() {
        client.close();
    }

    private static String path(String parameter, String path) {
        Objects.requireNonNull(path, parameter);
        boolean dots = Arrays.stream(path.split("/", -1)).anyMatch(part -> part.equals(".") || part.equals(".."));
        if (dots || path.length() > LONGEST_PATH || !PATH.matcher(path).matches()) {
            throw new IllegalArgumentException(
                    parameter + " must be names of letters, digits, dots, dashes and underscores between slashes");
        }
        return path;
    }

    /** Collects what a connection needs; not safe for many threads. */
    public static final class Builder {
        private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
        private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9_./-]{0,255}");
        private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);

        private @Nullable URI address;
        private @Nullable Secret token;
        private @Nullable Path tokenFile;
        private boolean http;
        String namespace = "";
        Duration requestTimeout = Duration.ofSeconds(5);

        @Nullable
        SSLContext sslContext;

        private Builder() {}

        /**
         * Says where Vault is; mandatory.
         *
         * @param uri {@code https}, or {@code http} to the loopback; a host, no user, query or fragment
         * @return this builder
         */
        public Builder address(URI uri) {
            address = Objects.requireNonNull(uri, "uri");
            return this;
        }

        /**
         * Gives the token; this or {@link #tokenFile} is mandatory.
         *
         * @param vaultToken copied
         * @return this builder
         */
        public Builder token(Secret vaultToken) {
            token = Objects.requireNonNull(vaultToken, "vaultToken");
            return this;
        }

        /**
         * Names a file with the token, as a Vault agent keeps it; it is read for each request by the rules of
         * {@link PrivateFile}, without one line feed at the end. A file that breaks them counts as an outage.
         *
         * @param file the file
         * @return this builder
         */
        public Builder tokenFile(Path file) {
            tokenFile = Objects.requireNonNull(file, "file");
            return this;
        }

        /**
         * Names the namespace (Vault Enterprise); none if not called.
         *
         * @param name letters, digits, dots, dashes, underscores and slashes
         * @return this builder
         */
        public Builder namespace(String name) {
            namespace = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Says which certificates are trusted and which one is shown; those of the JVM and none if not called. The name
         * in the server's certificate is checked in any case.
         *
         * @param context trusts the certificate authority of Vault
         * @return this builder
         */
        public Builder sslContext(SSLContext context) {
            sslContext = Objects.requireNonNull(context, "context");
            return this;
        }

        /**
         * Says how long one request may take from the connection to the last byte; 5 s if not called.
         *
         * @param timeout above zero, at most one minute
         * @return this builder
         */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Allows {@code http} to a host that is not the loopback: token and secrets then cross the network in the clear.
         * Only for a proxy beside this process that speaks TLS to Vault.
         *
         * @return this builder
         */
        public Builder unsafeAllowHttp() {
            http = true;
            return this;
        }

        /**
         * Makes the connection; nothing is asked yet.
         *
         * @return the connection
         * @throws SecretsConfigurationException with every fault of what was given
         */
        public Vault build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            String text = Objects.requireNonNull(address).toString();
            String base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
            return new Vault(new VaultClient(this, base, ownToken()));
        }

        private VaultToken ownToken() {
            return tokenFile == null
                    ? VaultToken.of(Objects.requireNonNull(token))
                    : VaultToken.in(PrivateFile.at(tokenFile));
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            if (address == null) {
                faults.add("address is missing");
            } else {
                addressFaults(address, faults);
            }
            if ((token == null) == (tokenFile == null)) {
                faults.add("one of token and tokenFile is needed");
            }
            if (!NAMESPACE.matcher(namespace).matches()) {
                faults.add("namespace must be letters, digits, dots, dashes, underscores and slashes");
            }
            if (requestTimeout.isNegative()
                    || requestTimeout.isZero()
                    || requestTimeout.compareTo(LONGEST_TIMEOUT) > 0) {
                faults.add("requestTimeout must be above zero and at most 1 min, got " + requestTimeout);
            }
            return faults;
        }

        /** The address itself is not repeated: a user and a password may stand in it. */
        private void addressFaults(URI uri, List<String> faults) {
            boolean plain = "http".equals(uri.getScheme());
            if (uri.getHost() == null || !(plain || "https".equals(uri.getScheme()))) {
                faults.add("address must be https with a host");
            } else if (plain && !http && !LOOPBACK.contains(uri.getHost())) {
                faults.add("address must be https, or http to the loopback");
            }
            if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
                faults.add("address must have no user, query or fragment");
            }
        }
    }
}

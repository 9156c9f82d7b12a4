package dev.hardening.secrets.certificate;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/**
 * A private key with its certificates in a PKCS #12 file (RFC 7292), as key stores and {@code openssl} read it.
 *
 * <p>Key and certificates are encrypted with AES-256 and the whole is authenticated with HMAC-SHA-256, each under a key
 * made of the passphrase in 10,000 rounds, as every reader takes it. That is few for a word that a person chose, so
 * the passphrase must have 20 characters; let one be generated. Immutable.
 */
public final class Pkcs12 {
    private static final int LEAST_PASSPHRASE = 20;
    private static final int MOST_PASSPHRASE = 1024;
    private static final String ALIAS = "key";

    private final PrivateKey key;
    private final List<X509Certificate> chain;

    Pkcs12(PrivateKey key, List<X509Certificate> chain) {
        this.key = key;
        this.chain = List.copyOf(chain);
    }

    /**
     * Starts a file for a bare key pair, which gets a certificate signed by itself, since the format wants one.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives the certificate of the key.
     *
     * @return the first of the chain
     */
    public X509Certificate certificate() {
        return chain.get(0);
    }

    /**
     * Encrypts key and certificates.
     *
     * @param passphrase 20 to 1024 printable ASCII characters, since programs differ in how they encode others
     * @return the content of the file; the only entry is named {@code key}
     * @throws IllegalArgumentException if the passphrase has another form; the message repeats nothing of it
     */
    public byte[] encode(Secret passphrase) {
        char[] characters = passphrase.use(Pkcs12::characters);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(ALIAS, key, characters, chain.toArray(new X509Certificate[0]));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            store.store(bytes, characters);
            return bytes.toByteArray();
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException("the Java runtime cannot write this key", failure);
        } finally {
            Arrays.fill(characters, '\0');
        }
    }

    /**
     * Writes the file with mode 0600, whole or not at all.
     *
     * @param file the place
     * @param passphrase 20 to 1024 printable ASCII characters
     * @throws IllegalArgumentException if the passphrase has another form
     * @throws SecretsConfigurationException if the file or its folder is not safe
     * @throws dev.hardening.secrets.SecretsUnavailableException if it cannot be written
     */
    public void write(Path file, Secret passphrase) {
        PrivateFile.at(file).replace(encode(passphrase));
    }

    private static char[] characters(byte[] passphrase) {
        char[] characters = new char[passphrase.length];
        boolean printable = true;
        for (int i = 0; i < characters.length; i++) {
            characters[i] = (char) (passphrase[i] & 0xFF);
            printable &= characters[i] >= ' ' && characters[i] <= '~';
        }
        if (!printable || characters.length < LEAST_PASSPHRASE || characters.length > MOST_PASSPHRASE) {
            Arrays.fill(characters, '\0');
            throw new IllegalArgumentException("passphrase must have " + LEAST_PASSPHRASE + " to " + MOST_PASSPHRASE
                    + " printable ASCII characters");
        }
        return characters;
    }

    /** Collects a key pair; not safe for many threads. */
    public static final class Builder {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");
        private static final Duration BACKDATED = Duration.ofMinutes(5);
        private static final Duration LONGEST = Duration.ofDays(3650);

        private @Nullable PrivateKey privateKey;
        private @Nullable PublicKey publicKey;
        private String name = "";
        private Duration lifetime = Duration.ofDays(365);
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Gives the pair; mandatory.
         *
         * @param ownPrivate the private half
         * @param ownPublic the public half: Ed25519, EC on P-256 or P-384, RSA of at least 3072 bits
         * @return this builder
         */
        public Builder pair(PrivateKey ownPrivate, PublicKey ownPublic) {
            privateKey = Objects.requireNonNull(ownPrivate, "ownPrivate");
            publicKey = Objects.requireNonNull(ownPublic, "ownPublic");
            return this;
        }

        /**
         * Names whose key it is; mandatory, the common name of the certificate.
         *
         * @param commonName 1 to 64 letters, digits, spaces, dots, dashes and underscores
         * @return this builder
         */
        public Builder name(String commonName) {
            name = Objects.requireNonNull(commonName, "commonName");
            return this;
        }

        /**
         * Says how long the certificate is valid; 365 days if not called.
         *
         * @param validity 1 to 3650 days
         * @return this builder
         */
        public Builder lifetime(Duration validity) {
            lifetime = Objects.requireNonNull(validity, "validity");
            return this;
        }

        /**
         * Gives the clock; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Gives the source of the serial number; a {@link SecureRandom} of its own if not called.
         *
         * @param source of randomness
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and signs the certificate.
         *
         * @return to be written under a passphrase
         * @throws SecretsConfigurationException with every fault
         */
        public Pkcs12 build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            PrivateKey own = Objects.requireNonNull(privateKey);
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            X509Certificate certificate = new Draft(name, Objects.requireNonNull(publicKey))
                    .valid(now.minus(BACKDATED), now.plus(lifetime))
                    .critical(Extension.basicConstraints, new BasicConstraints(false))
                    .critical(Extension.keyUsage, new KeyUsage(KeyUsage.digitalSignature))
                    .signedByItself(own, random);
            return new Pkcs12(own, List.of(certificate));
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            if (privateKey == null || publicKey == null) {
                faults.add("pair is missing");
            } else {
                Optional<SignatureScheme> scheme = SignatureScheme.of(publicKey);
                if (scheme.isEmpty()) {
                    faults.add("pair must be Ed25519, EC on P-256 or P-384, or RSA of at least 3072 bits");
                } else if (!scheme.get().pair(privateKey, publicKey)) {
                    faults.add("pair must be two halves of one pair");
                }
            }
            if (!NAME.matcher(name).matches()) {
                faults.add("name must be 1 to 64 letters, digits, spaces and . _ -, got \"" + name + "\"");
            }
            if (lifetime.compareTo(Duration.ofDays(1)) < 0 || lifetime.compareTo(LONGEST) > 0) {
                faults.add("lifetime must be 1 to 3650 days, got " + lifetime);
            }
            return faults;
        }
    }
}

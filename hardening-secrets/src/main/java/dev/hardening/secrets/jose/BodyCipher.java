package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Seals the bodies of requests and responses as JWE, and opens those of the other side (RFC 7516, compact form).
 *
 * <p>The keys decide the algorithm, the header can only agree: {@code A256KW}, {@code dir} or {@code ECDH-ES+A256KW},
 * always with {@code A256GCM}, always with a {@code kid} of the ring. Everything else is refused before any key is
 * touched. Direction and context are part of header and key: a response sent back as a request is refused, and so is a
 * body of another application that has the same keys.
 *
 * <p>It does not tell a body that is sent twice from one sent once: put a nonce or an idempotency key inside where that
 * matters. Does not replace TLS. Safe for many threads; takes no lock, but finding a key may read the ring's store.
 */
public final class BodyCipher {
    private final BodyKeys keys;
    private final Role role;
    private final int maxBody;
    private final HeaderRule read;
    private final HeaderRule written;

    BodyCipher(BodyKeys keys, Role role, int maxBody) {
        this.keys = keys;
        this.role = role;
        this.maxBody = maxBody;
        read = new HeaderRule(keys.algorithm(), role.opens, keys.partyInfo(role.opens));
        written = new HeaderRule(keys.algorithm(), role.seals, keys.partyInfo(role.seals));
    }

    /** Which side this is. */
    public enum Role {
        /** Seals requests, opens responses. */
        CLIENT(Direction.REQUEST, Direction.RESPONSE),
        /** Opens requests, seals responses. */
        SERVER(Direction.RESPONSE, Direction.REQUEST);

        private final Direction seals;
        private final Direction opens;

        Role(Direction seals, Direction opens) {
            this.seals = seals;
            this.opens = opens;
        }
    }

    /**
     * Starts a cipher; {@code role}, {@code context} and one kind of keys are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens what the other side sealed.
     *
     * @param token the compact form; anything may come from outside
     * @return {@link Opening.Opened} with the body, or {@link Opening.Refused} with nothing
     * @throws SecretsUnavailableException if the key's id is not known and the ring's store cannot be asked
     */
    public Opening open(String token) {
        Objects.requireNonNull(token, "token");
        return CompactJwe.cut(token, maxBody).map(this::open).orElse(Opening.Refused.REFUSED);
    }

    private Opening open(CompactJwe token) {
        Optional<Map<String, String>> header = StrictMembers.read(token.header(), "epk");
        if (header.isEmpty() || !read.accepts(header.get(), token.encryptedKey())) {
            return Opening.Refused.REFUSED;
        }
        try {
            String keyId = Objects.requireNonNull(header.get().get("kid"));
            Optional<JWEDecrypter> opener = keys.opener(keyId, role.opens);
            if (opener.isEmpty()) {
                return Opening.Refused.REFUSED;
            }
            byte[] body = token.decrypt(opener.get());
            return new Opening.Opened(body, header.get().getOrDefault("cty", ""));
        } catch (JOSEException | ParseException | IllegalArgumentException refused) {
            return Opening.Refused.REFUSED;
        }
    }

    /**
     * Seals a body for the other side with the ACTIVE key.
     *
     * @param body at most {@link #maxBody} bytes
     * @param contentType its media type with at most four parameters, or empty to say nothing
     * @return the compact form, ASCII
     * @throws IllegalArgumentException if the body is too large or the media type has another form
     * @throws IllegalStateException if {@link #needsRecipient}
     * @throws SecretsUnavailableException if a {@code dir} key has sealed all it may
     */
    public String seal(byte[] body, String contentType) {
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(contentType, "contentType");
        if (body.length > maxBody) {
            throw new IllegalArgumentException("body must have at most " + maxBody + " bytes, got " + body.length);
        }
        if (!contentType.isEmpty() && !HeaderRule.contentType(contentType)) {
            throw new IllegalArgumentException("contentType must be a plain media type, got \"" + contentType + "\"");
        }
        try {
            BodyKeys.Sealing sealing = keys.sealing(role.seals);
            JWEObject sealed = new JWEObject(written.header(sealing.keyId(), contentType), new Payload(body));
            sealed.encrypt(sealing.engine());
            return sealed.serialize();
        } catch (JOSEException failure) {
            throw new SecretsUnavailableException("the body cannot be sealed", failure);
        }
    }

    /**
     * Makes a cipher that opens as this one does and seals to another recipient, such as the client of a request.
     *
     * @param recipient a proven key of that client; whoever may choose it may read the answer
     * @return a new cipher
     * @throws IllegalStateException unless {@link #takesRecipient}
     */
    public BodyCipher forRecipient(RecipientKey recipient) {
        Objects.requireNonNull(recipient, "recipient");
        if (keys instanceof AgreedKeys agreed) {
            return new BodyCipher(agreed.forRecipient(recipient), role, maxBody);
        }
        throw new IllegalStateException("with shared keys there is no recipient");
    }

    /**
     * Tells whether bodies are sealed to the public key of one recipient.
     *
     * @return whether {@link #forRecipient} may be called: not with shared keys
     */
    public boolean takesRecipient() {
        return keys instanceof AgreedKeys;
    }

    /**
     * Tells whether {@link #seal} lacks a key.
     *
     * @return whether {@link #forRecipient} must be called first, since the builder named no recipient
     */
    public boolean needsRecipient() {
        return keys instanceof AgreedKeys agreed && !agreed.sealing();
    }

    /**
     * Tells whether a media type can stand in the header of a sealed body.
     *
     * @param contentType any text
     * @return whether {@link #seal} takes it: plain, at most four parameters, and no sealed or signed token itself
     */
    public static boolean describable(String contentType) {
        Objects.requireNonNull(contentType, "contentType");
        return HeaderRule.contentType(contentType);
    }

    /**
     * Tells which side this is.
     *
     * @return the role given to the builder
     */
    public Role role() {
        return role;
    }

    /**
     * Tells the limit for bodies.
     *
     * @return bytes before sealing
     */
    public int maxBody() {
        return maxBody;
    }

    /**
     * Tells the limit for tokens that follows from {@link #maxBody}; no need to read more.
     *
     * @return characters of the compact form
     */
    public int maxToken() {
        return CompactJwe.longest(maxBody);
    }

    /** Collects what a cipher needs; not safe for many threads. */
    public static final class Builder {
        @Nullable
        Role role;

        String context = "";

        @Nullable
        KeyRing shared;

        @Nullable
        KeyRing direct;

        @Nullable
        KeyRing own;

        @Nullable
        RecipientKey recipient;

        int maxBody = 1024 * 1024;
        SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Says which side this is; mandatory.
         *
         * @param side client or server
         * @return this builder
         */
        public Builder role(Role side) {
            role = Objects.requireNonNull(side, "side");
            return this;
        }

        /**
         * Names the exchange; mandatory, the same on both sides, and part of every key.
         *
         * @param name such as {@code lms/api}: lower-case letters, digits, dots, dashes, slashes; at most 64
         * @return this builder
         */
        public Builder context(String name) {
            context = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Uses keys that both sides hold, a fresh content key wrapped for each body ({@code A256KW}).
         *
         * @param ring of kind {@code AES_256}; keys are derived from it, so it may seal other things too
         * @return this builder
         */
        public Builder sharedKeys(KeyRing ring) {
            shared = Objects.requireNonNull(ring, "ring");
            return this;
        }

        /**
         * Uses keys that both sides hold, with no content key ({@code dir}): 54 characters shorter, but a key may seal
         * only so many bodies. Each cipher counts its own since it was made and refuses past 2^30; all ciphers and
         * processes with this ring together should stay below 2^32, so promote a key long before.
         *
         * @param ring of kind {@code AES_256}; keys are derived from it, so it may seal other things too
         * @return this builder
         */
        public Builder directKeys(KeyRing ring) {
            direct = Objects.requireNonNull(ring, "ring");
            return this;
        }

        /**
         * Opens what others sealed to the public halves of a ring ({@code ECDH-ES+A256KW}); see {@link EncryptionJwks}.
         *
         * @param ring of kind {@code EC_P256}, used for nothing else
         * @return this builder
         */
        public Builder ownKeys(KeyRing ring) {
            own = Objects.requireNonNull(ring, "ring");
            return this;
        }

        /**
         * Seals to the public key of another ({@code ECDH-ES+A256KW}). Without it {@link BodyCipher#forRecipient} names
         * one for each body. Anybody who has the public key can seal: it proves no sender. A client may have a
         * recipient alone and then opens nothing; a server needs {@link #ownKeys} too.
         *
         * @param publicKey of the recipient
         * @return this builder
         */
        public Builder recipient(RecipientKey publicKey) {
            recipient = Objects.requireNonNull(publicKey, "publicKey");
            return this;
        }

        /**
         * Bounds the bodies; 1 MiB if not called.
         *
         * @param bytes 1 to 64 MiB, before sealing
         * @return this builder
         */
        public Builder maxBody(int bytes) {
            maxBody = bytes;
            return this;
        }

        /**
         * Gives the source of content keys and nonces; a {@link SecureRandom} of its own if not called. The ephemeral
         * pairs of {@code ECDH-ES+A256KW} come from the Java runtime's own source.
         *
         * @param source of randomness
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and makes the cipher.
         *
         * @return an immutable cipher
         * @throws SecretsConfigurationException with every fault
         */
        public BodyCipher build() {
            BodySetup setup = new BodySetup(this);
            List<String> faults = setup.faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new BodyCipher(setup.keys(), Objects.requireNonNull(role), maxBody);
        }
    }
}

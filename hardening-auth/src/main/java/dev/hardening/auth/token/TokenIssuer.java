package dev.hardening.auth.token;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes access tokens: short-lived, signed with the ring's active key by ES256, with the claims that
 * {@link AccessTokenVerifier} asks for and no more.
 *
 * <p>Rights are not in a token, so that a change of rights needs no new one. One signature per token, no I/O unless the
 * ring has to be read again; safe for many threads.
 */
public final class TokenIssuer {
    private static final int ID_BYTES = 16;
    private static final int MAX_KEYS = 64;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final JsonFactory JSON = new JsonFactory();

    private final TokenKeys keys;
    private final String issuer;
    private final String audience;
    private final Duration lifetime;
    private final Clock clock;
    private final SecureRandom random;
    private final Cache<String, Signer> signers =
            Caffeine.newBuilder().maximumSize(MAX_KEYS).build();

    private TokenIssuer(Builder builder) {
        keys = Objects.requireNonNull(builder.keys);
        issuer = Objects.requireNonNull(builder.issuer).toString();
        audience = Objects.requireNonNull(builder.audience);
        lifetime = builder.lifetime;
        clock = builder.clock;
        random = builder.random;
    }

    /**
     * Begins an issuer.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes one token.
     *
     * @param subject for whom
     * @return the token and its life
     * @throws AuthUnavailableException if the ring cannot be read or its key cannot sign
     */
    public Issued issue(Subject subject) {
        Objects.requireNonNull(subject, "subject");
        Instant now = Instant.ofEpochSecond(clock.instant().getEpochSecond());
        Instant expiresAt = now.plus(lifetime);
        String token = signer().sign(json(generator -> claims(generator, subject, now)));
        return new Issued(token, expiresAt, lifetime);
    }

    /**
     * How long each token lives.
     *
     * @return as built
     */
    public Duration lifetime() {
        return lifetime;
    }

    private void claims(JsonGenerator json, Subject subject, Instant now) throws IOException {
        json.writeStringField(AccessClaims.ISSUER, issuer);
        json.writeStringField(AccessClaims.SUBJECT, subject.user().value());
        json.writeStringField(AccessClaims.AUDIENCE, audience);
        json.writeNumberField(AccessClaims.EXPIRES_AT, now.plus(lifetime).getEpochSecond());
        json.writeNumberField(AccessClaims.ISSUED_AT, now.getEpochSecond());
        json.writeStringField(AccessClaims.TOKEN_ID, id());
        json.writeStringField(AccessClaims.SESSION, subject.session().value());
        json.writeStringField(AccessClaims.TENANT, subject.tenant().value());
        json.writeArrayFieldStart(AccessClaims.METHODS);
        for (Factor factor : subject.factors()) {
            json.writeString(factor.method());
        }
        json.writeEndArray();
        json.writeArrayFieldStart(AccessClaims.METHOD_TIMES);
        for (Factor factor : subject.factors()) {
            json.writeNumber(factor.time().getEpochSecond());
        }
        json.writeEndArray();
        json.writeNumberField(
                AccessClaims.AUTHENTICATED_AT, subject.authenticatedAt().getEpochSecond());
        json.writeNumberField(AccessClaims.EPOCH, subject.epoch());
    }

    private String id() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return BASE64.encodeToString(bytes);
    }

    private Signer signer() {
        TokenKeys.Pair key = keys.active();
        return signers.get(key.id(), id -> Signer.of(key));
    }

    private static String json(Members members) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(bytes)) {
            generator.writeStartObject();
            members.write(generator);
            generator.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return BASE64.encodeToString(bytes.toByteArray());
    }

    private interface Members {
        void write(JsonGenerator generator) throws IOException;
    }

    /** A key ready to sign, with the header that goes before everything it signs. */
    private record Signer(JWSHeader algorithm, JWSSigner signer, String header) {
        static Signer of(TokenKeys.Pair key) {
            SignatureAlgorithm algorithm = SignatureAlgorithm.of(key.publicKey());
            String header = json(generator -> {
                generator.writeStringField("alg", algorithm.name());
                generator.writeStringField("kid", key.id());
                generator.writeStringField("typ", AccessTokenVerifier.TYPE);
            });
            try {
                return new Signer(algorithm.header(), algorithm.signer(key.privateKey()), header);
            } catch (GeneralSecurityException | JOSEException unusable) {
                throw new AuthUnavailableException("the signing key " + key.id() + " cannot be used", unusable);
            }
        }

        String sign(String payload) {
            String input = header + '.' + payload;
            try {
                return input + '.' + signer.sign(algorithm, input.getBytes(StandardCharsets.US_ASCII));
            } catch (JOSEException failed) {
                throw new AuthUnavailableException("the signing key did not sign", failed);
            }
        }
    }

    /**
     * For whom a token is made.
     *
     * @param tenant the tenant
     * @param user the account
     * @param session the session it belongs to
     * @param epoch the user's present epoch, not negative
     * @param factors how the user proved who they are; at least one
     */
    public record Subject(TenantId tenant, UserId user, SessionId session, long epoch, List<Factor> factors) {
        /**
         * Checks the ranges.
         *
         * @param tenant the tenant
         * @param user the account
         * @param session the session it belongs to
         * @param epoch the user's present epoch, not negative
         * @param factors how the user proved who they are; at least one
         * @throws IllegalArgumentException if {@code epoch} is negative or {@code factors} is empty
         */
        public Subject {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(user, "user");
            Objects.requireNonNull(session, "session");
            factors = List.copyOf(factors);
            if (epoch < 0 || factors.isEmpty()) {
                throw new IllegalArgumentException("a token needs an epoch of at least 0 and at least one factor");
            }
        }

        Instant authenticatedAt() {
            return factors.stream().map(Factor::time).max(Instant::compareTo).orElseThrow();
        }
    }

    /**
     * A token that was just made; prints nothing of it.
     *
     * @param value the compact form
     * @param expiresAt when it ends
     * @param lifetime how long that is from now
     */
    public record Issued(String value, Instant expiresAt, Duration lifetime) {
        @Override
        public String toString() {
            return "Issued[****, expiresAt=" + expiresAt + "]";
        }
    }

    /** Collects what an issuer needs; not safe for many threads. */
    public static final class Builder {
        private static final Duration LONGEST_LIFETIME = Duration.ofHours(1);

        private @Nullable TokenKeys keys;
        private KeyKind kind = KeyKind.EC_P256;
        private @Nullable URI issuer;
        private @Nullable String audience;
        private Duration lifetime = Duration.ofMinutes(10);
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Sets the ring whose active key signs; required.
         *
         * @param ring a ring of kind {@code EC_P256}
         * @return this
         */
        public Builder keys(KeyRing ring) {
            kind = ring.kind();
            return keys(TokenKeys.of(ring));
        }

        Builder keys(TokenKeys source) {
            keys = source;
            return this;
        }

        /**
         * Sets the name this service goes by in its tokens; required.
         *
         * @param uri absolute, at most 512 characters, for example {@code urn:hardening:lms}
         * @return this
         */
        public Builder issuer(URI uri) {
            issuer = Objects.requireNonNull(uri, "uri");
            return this;
        }

        /**
         * Sets for whom the tokens are; required.
         *
         * @param name not blank, printable, at most 512 characters
         * @return this
         */
        public Builder audience(String name) {
            audience = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets how long a token lives; 10 minutes unless called.
         *
         * @param time 1 second to 1 hour
         * @return this
         */
        public Builder lifetime(Duration time) {
            lifetime = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Sets the wall clock; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Sets where token ids come from; a new generator unless called.
         *
         * @param source a generator fit for secrets
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and makes the issuer.
         *
         * @return an immutable issuer
         * @throws AuthConfigurationException with all faults at once
         */
        public TokenIssuer build() {
            List<String> faults = new ArrayList<>();
            if (keys == null) {
                faults.add("keys must be set");
            }
            if (kind != KeyKind.EC_P256) {
                faults.add("keys must be a ring of EC_P256, got " + kind);
            }
            faults.addAll(AccessClaims.nameFaults(issuer, audience));
            if (lifetime.toSeconds() < 1 || lifetime.compareTo(LONGEST_LIFETIME) > 0) {
                faults.add("lifetime must be between 1 s and " + LONGEST_LIFETIME + ", got " + lifetime);
            }
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new TokenIssuer(this);
        }
    }
}

package dev.hardening.auth.token;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.token.Verification.Reason;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an access token may be trusted now.
 *
 * <p>Trusted means: the signature verifies under an accepted key of the ring, {@code typ} is {@code at+jwt}, issuer and
 * audience are the expected ones, every claim is there in its form, the time is right give or take the skew, and its
 * session has not ended. Whatever is not on that list is refused: another algorithm, an embedded key, a {@code crit}
 * header, a second spelling of the same bytes (RFC 8725, RFC 9068).
 *
 * <p>Reads no network by itself; a token over 8 KiB is refused unparsed. Safe for many threads.
 */
public final class AccessTokenVerifier {
    static final String TYPE = "at+jwt";

    private final SignatureLayer signatures;
    private final String issuer;
    private final String audience;
    private final Duration skew;
    private final Duration maxLifetime;
    private final @Nullable Revocations revocations;
    private final Clock clock;

    private AccessTokenVerifier(Builder builder) {
        signatures = new SignatureLayer(Objects.requireNonNull(builder.keys), TYPE);
        issuer = Objects.requireNonNull(builder.issuer).toString();
        audience = Objects.requireNonNull(builder.audience);
        skew = builder.skew;
        maxLifetime = builder.maxLifetime;
        revocations = builder.revocations;
        clock = builder.clock;
    }

    /**
     * Begins a verifier.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Verifies one token.
     *
     * @param token the compact form, without the {@code Bearer} prefix; may be anything, {@code null} included
     * @return {@link Verification.Valid}, or {@link Verification.Invalid} with a reason for the log
     * @throws AuthUnavailableException if the keys or the revocations cannot be asked; answer 503, never 401
     */
    @SuppressWarnings("exports") // an annotation alone; callers need no jspecify: docs/adr/0075
    public Verification verify(@Nullable String token) {
        if (token == null) {
            return new Verification.Invalid(Reason.MISSING);
        }
        SignatureLayer.Outcome outcome = signatures.verify(token);
        if (outcome instanceof SignatureLayer.Outcome.Proven proven) {
            return claims(proven.payload());
        }
        return new Verification.Invalid(((SignatureLayer.Outcome.Refused) outcome).reason());
    }

    private Verification claims(byte[] payload) {
        Optional<Map<String, Object>> claims = StrictJson.object(payload);
        if (claims.isEmpty()) {
            return new Verification.Invalid(Reason.CLAIMS_MALFORMED);
        }
        Optional<Reason> fault = fault(claims.get(), clock.instant());
        if (fault.isPresent()) {
            return new Verification.Invalid(fault.get());
        }
        VerifiedToken token = new VerifiedToken(claims.get());
        return revoked(token) ? new Verification.Invalid(Reason.REVOKED) : new Verification.Valid(token);
    }

    private Optional<Reason> fault(Map<String, Object> claims, Instant now) {
        if (!AccessClaims.sound(claims)) {
            return Optional.of(Reason.CLAIM);
        }
        if (!issuer.equals(claims.get(AccessClaims.ISSUER))) {
            return Optional.of(Reason.ISSUER);
        }
        if (!AccessClaims.names(claims, audience)) {
            return Optional.of(Reason.AUDIENCE);
        }
        return timeFault(claims, now);
    }

    private Optional<Reason> timeFault(Map<String, Object> claims, Instant now) {
        Instant issuedAt = AccessClaims.instant(claims, AccessClaims.ISSUED_AT);
        Instant expiresAt = AccessClaims.instant(claims, AccessClaims.EXPIRES_AT);
        if (!now.isBefore(expiresAt.plus(skew))) {
            return Optional.of(Reason.EXPIRED);
        }
        Instant earliest = claims.containsKey(AccessClaims.NOT_BEFORE)
                ? AccessClaims.instant(claims, AccessClaims.NOT_BEFORE).minus(skew)
                : Instant.EPOCH;
        Instant latest = now.plus(skew);
        if (now.isBefore(earliest)
                || issuedAt.isAfter(latest)
                || AccessClaims.instant(claims, AccessClaims.AUTHENTICATED_AT).isAfter(latest)) {
            return Optional.of(Reason.NOT_YET_VALID);
        }
        Duration lifetime = Duration.between(issuedAt, expiresAt);
        boolean bounded = !lifetime.isNegative() && !lifetime.isZero() && lifetime.compareTo(maxLifetime) <= 0;
        return bounded ? Optional.empty() : Optional.of(Reason.LIFETIME);
    }

    private boolean revoked(VerifiedToken token) {
        return revocations != null && revocations.revoked(token.tenant(), token.user(), token.session(), token.epoch());
    }

    /** Collects what a verifier needs; not safe for many threads. */
    public static final class Builder {
        private static final Duration MAX_SKEW = Duration.ofSeconds(60);
        private static final Duration LONGEST_LIFETIME = Duration.ofHours(1);

        private @Nullable TokenKeys keys;
        private KeyKind kind = KeyKind.EC_P256;
        private @Nullable URI issuer;
        private @Nullable String audience;
        private @Nullable Revocations revocations;
        private boolean ignoreRevocations;
        private Duration skew = Duration.ofSeconds(30);
        private Duration maxLifetime = Duration.ofMinutes(15);
        private Clock clock = Clock.systemUTC();

        private Builder() {}

        /**
         * Sets the ring whose keys may sign; required.
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
         * Sets the one issuer whose tokens are accepted, compared character by character; required.
         *
         * @param uri absolute, at most 512 characters, for example {@code urn:hardening:lms}
         * @return this
         */
        public Builder issuer(URI uri) {
            issuer = Objects.requireNonNull(uri, "uri");
            return this;
        }

        /**
         * Sets the name under which tokens are made for this service; required.
         *
         * @param name not blank, printable, at most 512 characters; a token must list it
         * @return this
         */
        public Builder audience(String name) {
            audience = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets who knows the sessions that ended; required unless {@link #ignoreRevocations} is called.
         *
         * @param source must remember longer than a token lives, skew included
         * @return this
         */
        public Builder revocations(Revocations source) {
            revocations = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Accepts a token until it expires even if its session has ended.
         *
         * @return this
         */
        public Builder ignoreRevocations() {
            ignoreRevocations = true;
            return this;
        }

        /**
         * Sets by how much clocks may differ; 30 s unless called.
         *
         * @param allowed 0 to 60 s
         * @return this
         */
        public Builder skew(Duration allowed) {
            skew = Objects.requireNonNull(allowed, "allowed");
            return this;
        }

        /**
         * Sets the longest life a token may have been given; 15 minutes unless called.
         *
         * @param longest positive, at most 1 hour
         * @return this
         */
        public Builder maxLifetime(Duration longest) {
            maxLifetime = Objects.requireNonNull(longest, "longest");
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
         * Checks everything and makes the verifier.
         *
         * @return an immutable verifier
         * @throws AuthConfigurationException with all faults at once
         */
        public AccessTokenVerifier build() {
            List<String> faults = new ArrayList<>();
            check(faults, keys != null, "keys must be set");
            check(faults, kind == KeyKind.EC_P256, "keys must be a ring of EC_P256, got " + kind);
            faults.addAll(AccessClaims.nameFaults(issuer, audience));
            check(
                    faults,
                    !skew.isNegative() && skew.compareTo(MAX_SKEW) <= 0,
                    "skew must be between 0 and " + MAX_SKEW + ", got " + skew);
            check(
                    faults,
                    maxLifetime.toSeconds() > 0 && maxLifetime.compareTo(LONGEST_LIFETIME) <= 0,
                    "maxLifetime must be between 1 s and " + LONGEST_LIFETIME + ", got " + maxLifetime);
            checkRevocations(faults);
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new AccessTokenVerifier(this);
        }

        private void checkRevocations(List<String> faults) {
            check(
                    faults,
                    (revocations == null) == ignoreRevocations,
                    "revocations must be set, or ignoreRevocations called, and not both");
            if (revocations != null) {
                Duration needed = maxLifetime.plus(skew.multipliedBy(2));
                check(
                        faults,
                        revocations.memory().compareTo(needed) >= 0,
                        "revocations must remember for " + needed + ", got " + revocations.memory());
            }
        }

        private static void check(List<String> faults, boolean holds, String fault) {
            if (!holds) {
                faults.add(fault);
            }
        }
    }
}

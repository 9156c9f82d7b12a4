package dev.hardening.auth.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.util.Base64URL;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.token.Verification.Reason;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides whether a compact JWS was signed by a key of ours, and hands out its payload only then.
 *
 * <p>The order is the argument. Size and spelling come before any decoding; the header is the only thing read before
 * the signature; the key comes from its id alone, the algorithm from the key alone; nothing else of the header can
 * name a key; no second key is tried. So bytes that no key of ours signed reach no parser but that of a 2 KiB header
 * (RFC 8725, sections 3.1, 3.2, 3.10 and 3.11).
 */
final class SignatureLayer {
    static final int MAX_TOKEN = 8192;
    static final int MAX_HEADER = 2048;
    static final int MAX_PAYLOAD = 6144;
    private static final int MAX_KEYS = 64;
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9._~-]{1,64}");
    private static final Set<String> FORBIDDEN = Set.of("jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc");

    private final TokenKeys keys;
    private final String type;
    private final Cache<String, Prepared> prepared =
            Caffeine.newBuilder().maximumSize(MAX_KEYS).build();

    /** Accepts tokens of one type, signed by one of these keys. */
    SignatureLayer(TokenKeys keys, String type) {
        this.keys = keys;
        this.type = type;
    }

    /** Proven bytes, or why there are none. */
    sealed interface Outcome {
        /** The payload that a key of ours signed. */
        final class Proven implements Outcome {
            private final byte[] payload;

            private Proven(byte[] payload) {
                this.payload = payload;
            }

            byte[] payload() {
                return payload;
            }
        }

        /** Not proven. */
        record Refused(Reason reason) implements Outcome {}
    }

    Outcome verify(String token) {
        if (token.isEmpty()) {
            return new Outcome.Refused(Reason.MISSING);
        }
        if (token.length() > MAX_TOKEN) {
            return new Outcome.Refused(Reason.TOO_LONG);
        }
        return CompactForm.cut(token).map(this::verify).orElseGet(() -> new Outcome.Refused(Reason.MALFORMED));
    }

    private Outcome verify(CompactForm form) {
        if (form.headerLength() > MAX_HEADER || form.payloadLength() > MAX_PAYLOAD) {
            return new Outcome.Refused(Reason.TOO_LONG);
        }
        return StrictJson.object(form.header())
                .map(header -> verify(form, header))
                .orElseGet(() -> new Outcome.Refused(Reason.HEADER_MALFORMED));
    }

    private Outcome verify(CompactForm form, Map<String, Object> header) {
        if (FORBIDDEN.stream().anyMatch(header::containsKey)) {
            return new Outcome.Refused(Reason.HEADER_FORBIDDEN);
        }
        if (!(header.get("alg") instanceof String algorithm)
                || !(header.get("kid") instanceof String keyId)
                || !KEY_ID.matcher(keyId).matches()) {
            return new Outcome.Refused(Reason.HEADER_MALFORMED);
        }
        if (!type.equals(header.get("typ"))) {
            return new Outcome.Refused(Reason.TYPE);
        }
        Optional<Prepared> key = keys.find(keyId).map(this::prepare);
        if (key.isEmpty()) {
            return new Outcome.Refused(Reason.UNKNOWN_KEY);
        }
        return key.get().verify(form, algorithm);
    }

    private Prepared prepare(TokenKeys.Pair key) {
        return prepared.get(key.id(), id -> Prepared.of(key));
    }

    /** A key with its algorithm, ready to verify on many threads. */
    private record Prepared(SignatureAlgorithm algorithm, JWSHeader header, JWSVerifier verifier) {
        static Prepared of(TokenKeys.Pair key) {
            try {
                SignatureAlgorithm algorithm = SignatureAlgorithm.of(key.publicKey());
                return new Prepared(algorithm, algorithm.header(), algorithm.verifier(key.publicKey()));
            } catch (GeneralSecurityException | JOSEException unusable) {
                throw new AuthUnavailableException("the signing key " + key.id() + " cannot be used", unusable);
            }
        }

        Outcome verify(CompactForm form, String claimedAlgorithm) {
            if (!algorithm.name().equals(claimedAlgorithm)) {
                return new Outcome.Refused(Reason.ALGORITHM);
            }
            byte[] signature = form.signature();
            boolean fits = signature.length == algorithm.signatureLength() && fits(form.signingInput(), signature);
            return fits ? new Outcome.Proven(form.payload()) : new Outcome.Refused(Reason.SIGNATURE);
        }

        private boolean fits(byte[] input, byte[] signature) {
            try {
                return verifier.verify(header, input, Base64URL.encode(signature));
            } catch (JOSEException malformed) {
                return false;
            }
        }
    }
}

package dev.hardening.auth.token;

import com.nimbusds.jose.JOSEException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.FakeClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A ring, an issuer and a verifier that trust each other, and the means to forge what the issuer would never make. */
final class TokenFixture {
    static final URI ISSUER = URI.create("urn:hardening:test");
    static final String AUDIENCE = "lms-api";
    static final TenantId TENANT = new TenantId("main");
    static final UserId USER = new UserId("u-1");
    static final SessionId SESSION = new SessionId("s-1");

    final FakeClock clock = FakeClock.create();
    final KeyRing ring = ring("signing", KeyKind.EC_P256);
    final TokenIssuer issuer = issuer().build();
    final AccessTokenVerifier verifier = verifier().build();

    TokenIssuer.Builder issuer() {
        return TokenIssuer.builder()
                .keys(ring)
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .clock(clock);
    }

    AccessTokenVerifier.Builder verifier() {
        return AccessTokenVerifier.builder()
                .keys(ring)
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .clock(clock)
                .ignoreRevocations();
    }

    static KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .build();
    }

    TokenIssuer.Subject subject() {
        return new TokenIssuer.Subject(TENANT, USER, SESSION, 3, List.of(Factor.password(clock.instant())));
    }

    String token() {
        return issuer.issue(subject()).value();
    }

    Verification.Reason refusal(String token) {
        return verifier.verify(token).fold(valid -> null, reason -> reason);
    }

    /** The header the issuer writes, as JSON fragments to be changed. */
    Map<String, String> header() {
        Map<String, String> header = new LinkedHashMap<>();
        header.put("alg", "\"ES256\"");
        header.put("kid", '"' + ring.active().id() + '"');
        header.put("typ", "\"at+jwt\"");
        return header;
    }

    /** The claims the issuer writes, as JSON fragments to be changed. */
    Map<String, String> claims() {
        long now = clock.instant().getEpochSecond();
        Map<String, String> claims = new LinkedHashMap<>();
        claims.put("iss", '"' + ISSUER.toString() + '"');
        claims.put("sub", "\"u-1\"");
        claims.put("aud", "\"lms-api\"");
        claims.put("exp", Long.toString(now + 600));
        claims.put("iat", Long.toString(now));
        claims.put("jti", "\"t-1\"");
        claims.put("sid", "\"s-1\"");
        claims.put("tenant", "\"main\"");
        claims.put("amr", "[\"pwd\"]");
        claims.put("amr_time", "[" + now + "]");
        claims.put("auth_time", Long.toString(now));
        claims.put("epoch", "3");
        return claims;
    }

    String signed(Map<String, String> header, Map<String, String> claims) {
        return signed(json(header), json(claims).getBytes(StandardCharsets.UTF_8));
    }

    /** Signs anything with the ring's active key. */
    String signed(String header, byte[] payload) {
        return sign(base64(header.getBytes(StandardCharsets.UTF_8)) + '.' + base64(payload));
    }

    String sign(String input) {
        return input + '.' + signature(input);
    }

    String signature(String input) {
        try {
            return SignatureAlgorithm.ES256
                    .signer(ring.active().privateKey())
                    .sign(SignatureAlgorithm.ES256.header(), input.getBytes(StandardCharsets.UTF_8))
                    .toString();
        } catch (GeneralSecurityException | JOSEException failed) {
            throw new AssertionError(failed);
        }
    }

    static String json(Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> '"' + member.getKey() + "\":" + member.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static Map<String, String> with(Map<String, String> members, String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(members);
        changed.put(name, value);
        return changed;
    }

    static Map<String, String> without(Map<String, String> members, String name) {
        Map<String, String> changed = new LinkedHashMap<>(members);
        changed.remove(name);
        return changed;
    }
}

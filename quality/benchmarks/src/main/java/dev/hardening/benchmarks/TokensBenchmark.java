package dev.hardening.benchmarks;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.interfaces.DecodedJWT;
import com.auth0.jwt.interfaces.JWTVerifier;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.Factor;
import dev.hardening.auth.token.TokenIssuer;
import dev.hardening.auth.token.Verification;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import java.net.URI;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One ES256 access token, the same for all: form, signature, issuer, audience and time. Ours also checks the rest of its
 * claims and the caller's revocation; no row keeps verified tokens.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TokensBenchmark {
    private static final URI ISSUER = URI.create("https://lms.example");
    private static final String AUDIENCE = "lms-api";

    private String token;
    private TokenIssuer issuer;
    private TokenIssuer.Subject subject;
    private AccessTokenVerifier verifier;
    private DefaultJWTProcessor<SecurityContext> nimbus;
    private DefaultJWTProcessor<SecurityContext> nimbusOnBouncyCastle;
    private JWTVerifier auth0;
    private JwtParser jjwt;

    @Setup
    public void prepare() {
        KeyRing ring = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("benchmark-key-of-64-characters-benchmark-key-of-64-characters-00"))
                .build();
        issuer = TokenIssuer.builder()
                .keys(ring)
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .build();
        subject = new TokenIssuer.Subject(
                new TenantId("main"),
                new UserId("u1"),
                new SessionId("s1"),
                0,
                List.of(new Factor("pwd", Clock.systemUTC().instant())));
        token = issuer.issue(subject).value();
        verifier = AccessTokenVerifier.builder()
                .keys(ring)
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .ignoreRevocations()
                .build();
        peers((ECPublicKey) ring.active().publicKey(), ring.active().id());
    }

    private void peers(ECPublicKey key, String keyId) {
        nimbus = nimbus(key, keyId);
        nimbusOnBouncyCastle = nimbus(key, keyId);
        DefaultJWSVerifierFactory verifiers = new DefaultJWSVerifierFactory();
        verifiers.getJCAContext().setProvider(new BouncyCastleProvider());
        nimbusOnBouncyCastle.setJWSVerifierFactory(verifiers);
        auth0 = JWT.require(Algorithm.ECDSA256(key))
                .withIssuer(ISSUER.toString())
                .withAudience(AUDIENCE)
                .build();
        jjwt = Jwts.parser()
                .verifyWith(key)
                .requireIssuer(ISSUER.toString())
                .requireAudience(AUDIENCE)
                .build();
    }

    private static DefaultJWTProcessor<SecurityContext> nimbus(ECPublicKey key, String keyId) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                JWSAlgorithm.ES256,
                new ImmutableJWKSet<>(new JWKSet(
                        new ECKey.Builder(Curve.P_256, key).keyID(keyId).build()))));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                AUDIENCE, new JWTClaimsSet.Builder().issuer(ISSUER.toString()).build(), Set.of("exp", "sub", "jti")));
        return processor;
    }

    @Benchmark
    public Verification verify_hardening() {
        return verifier.verify(token);
    }

    @Benchmark
    public JWTClaimsSet verify_nimbus() throws Exception {
        return nimbus.process(token, null);
    }

    @Benchmark
    public JWTClaimsSet verify_nimbusOnBouncyCastle() throws Exception {
        return nimbusOnBouncyCastle.process(token, null);
    }

    @Benchmark
    public DecodedJWT verify_auth0() {
        return auth0.verify(token);
    }

    @Benchmark
    public Jws<Claims> verify_jjwt() {
        return jjwt.parseSignedClaims(token);
    }

    @Benchmark
    public TokenIssuer.Issued issue_hardening() {
        return issuer.issue(subject);
    }
}

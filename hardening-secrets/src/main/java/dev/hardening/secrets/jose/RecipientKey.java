package dev.hardening.secrets.jose;

import dev.hardening.secrets.SecretsConfigurationException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The public key of one to whom bodies are sealed: on P-256, with an id, meant for encryption.
 *
 * <p>Read from a JWK that the recipient published (RFC 7517), such as one of {@link EncryptionJwks}. A point that is not
 * on the curve, a private key, a key for signatures and a member that is not known are refused. Immutable.
 */
public final class RecipientKey {
    private static final int MAX_JWK = 2048;
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9._~-]{1,64}");
    private static final Set<String> NAMES = Set.of("kty", "crv", "x", "y", "use", "alg", "kid");

    private final String id;
    private final ECPublicKey publicKey;

    private RecipientKey(String id, ECPublicKey publicKey) {
        this.id = id;
        this.publicKey = publicKey;
    }

    /**
     * Reads a public key.
     *
     * @param jwk one JSON object with {@code kty}, {@code crv}, {@code x}, {@code y}, {@code kid},
     *     {@code "use":"enc"}, and at most {@code "alg":"ECDH-ES+A256KW"} besides
     * @return the key
     * @throws SecretsConfigurationException if it is anything else; the message repeats nothing of it
     */
    public static RecipientKey parse(String jwk) {
        Objects.requireNonNull(jwk, "jwk");
        if (jwk.length() > MAX_JWK) {
            throw refused("is longer than " + MAX_JWK + " characters");
        }
        Map<String, String> members = StrictMembers.read(jwk.getBytes(StandardCharsets.UTF_8), "")
                .orElseThrow(() -> refused("is not one JSON object of texts"));
        if (members.containsKey("d")) {
            throw refused("holds a private key; treat that key as published and replace it");
        }
        expect(NAMES.containsAll(members.keySet()), "has a member other than kty, crv, x, y, use, alg and kid");
        expect("EC".equals(members.get("kty")) && "P-256".equals(members.get("crv")), "is not on the curve P-256");
        expect("enc".equals(members.get("use")), "is not meant for encryption (use must be enc)");
        expect("ECDH-ES+A256KW".equals(members.getOrDefault("alg", "ECDH-ES+A256KW")), "is for another algorithm");
        String keyId = members.getOrDefault("kid", "");
        expect(KEY_ID.matcher(keyId).matches(), "has no usable kid");
        return new RecipientKey(keyId, point(members.getOrDefault("x", ""), members.getOrDefault("y", "")));
    }

    /**
     * Names the key.
     *
     * @return the {@code kid}
     */
    public String id() {
        return id;
    }

    ECPublicKey publicKey() {
        return publicKey;
    }

    /**
     * Prints the id.
     *
     * @return nothing else
     */
    @Override
    public String toString() {
        return "RecipientKey[" + id + "]";
    }

    private static ECPublicKey point(String x, String y) {
        expect(HeaderRule.coordinate(x) && HeaderRule.coordinate(y), "has no coordinates of 32 bytes");
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
            ECPoint point = new ECPoint(number(x), number(y));
            expect(onCurve(point, curve), "is not a point of its curve");
            return (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has P-256", missing);
        }
    }

    private static boolean onCurve(ECPoint point, ECParameterSpec curve) {
        BigInteger prime = ((ECFieldFp) curve.getCurve().getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        BigInteger right = x.pow(3)
                .add(curve.getCurve().getA().multiply(x))
                .add(curve.getCurve().getB())
                .mod(prime);
        return x.compareTo(prime) < 0
                && y.compareTo(prime) < 0
                && y.multiply(y).mod(prime).equals(right);
    }

    private static BigInteger number(String coordinate) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(coordinate));
    }

    private static void expect(boolean condition, String fault) {
        if (!condition) {
            throw refused(fault);
        }
    }

    private static SecretsConfigurationException refused(String fault) {
        return new SecretsConfigurationException(List.of("the recipient's JWK " + fault));
    }
}

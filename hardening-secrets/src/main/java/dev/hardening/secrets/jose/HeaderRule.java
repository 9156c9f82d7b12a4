package dev.hardening.secrets.jose;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.util.Base64URL;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the header of a body must be, written and read; what is read can only agree.
 *
 * <p>A closed world: the names are those that we write and no other, so {@code zip}, {@code crit}, {@code jku},
 * {@code x5u}, {@code jwk}, {@code p2c} and whatever will be invented are refused without being known (RFC 8725,
 * sections 3.1, 3.2 and 3.10).
 */
final class HeaderRule {
    private static final int COORDINATE_CHARACTERS = 43;
    private static final Pattern MEDIA_TYPE = Pattern.compile(
            "[A-Za-z0-9!#$&^_+-][A-Za-z0-9!#$&^_.+-]{0,62}/[A-Za-z0-9!#$&^_.+-]{1,63}"
                    + "(?: ?; ?[A-Za-z0-9_-]{1,32}=(?:[A-Za-z0-9!#$&^_.+-]{1,64}|\"[A-Za-z0-9 !#$&^_.+/=:-]{0,64}\")){0,4}");
    private static final Set<String> NESTED = Set.of("application/jose", "application/jwt", "application/jose+json");

    private final JWEAlgorithm algorithm;
    private final Direction direction;
    private final String partyInfo;

    /** The party info is that of the key agreement, base64url; empty for shared keys. */
    HeaderRule(JWEAlgorithm algorithm, Direction direction, String partyInfo) {
        this.algorithm = algorithm;
        this.direction = direction;
        this.partyInfo = partyInfo;
    }

    /** Whether a media type may stand in a header: short, plain, and not a token inside the token. */
    static boolean contentType(String type) {
        return type.length() <= 200
                && MEDIA_TYPE.matcher(type).matches()
                && NESTED.stream().noneMatch(nested -> type.regionMatches(true, 0, nested, 0, nested.length()));
    }

    /** The header of a body that is sealed now. */
    JWEHeader header(String keyId, String contentType) {
        JWEHeader.Builder header = new JWEHeader.Builder(algorithm, EncryptionMethod.A256GCM)
                .keyID(keyId)
                .type(new JOSEObjectType(direction.type()));
        if (!partyInfo.isEmpty()) {
            header.agreementPartyVInfo(new Base64URL(partyInfo));
        }
        if (!contentType.isEmpty()) {
            header.contentType(contentType);
        }
        return header.build();
    }

    boolean accepts(Map<String, String> header, String encryptedKey) {
        return names(header).equals(header.keySet())
                && algorithm.getName().equals(header.get("alg"))
                && EncryptionMethod.A256GCM.getName().equals(header.get("enc"))
                && direction.type().equals(header.get("typ"))
                && encryptedKey.length() == keyCharacters()
                && (!header.containsKey("cty") || contentType(text(header, "cty")))
                && (!agrees() || agreement(header));
    }

    private Set<String> names(Map<String, String> header) {
        Set<String> names = new HashSet<>(Set.of("alg", "enc", "kid", "typ"));
        if (header.containsKey("cty")) {
            names.add("cty");
        }
        if (agrees()) {
            names.addAll(Set.of("apv", "epk.kty", "epk.crv", "epk.x", "epk.y"));
        }
        return names;
    }

    private boolean agreement(Map<String, String> header) {
        return partyInfo.equals(header.get("apv"))
                && "EC".equals(header.get("epk.kty"))
                && "P-256".equals(header.get("epk.crv"))
                && coordinate(text(header, "epk.x"))
                && coordinate(text(header, "epk.y"));
    }

    static boolean coordinate(String text) {
        return text.length() == COORDINATE_CHARACTERS && CompactJwe.canonical(text);
    }

    private boolean agrees() {
        return algorithm.equals(JWEAlgorithm.ECDH_ES_A256KW);
    }

    private int keyCharacters() {
        return algorithm.equals(JWEAlgorithm.DIR) ? 0 : CompactJwe.MAX_KEY_CHARACTERS;
    }

    private static String text(Map<String, String> header, String name) {
        return Objects.requireNonNullElse(header.get(name), "");
    }
}

package dev.hardening.auth.token;

import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The claims of an access token: their names, and whether each has its type and form (RFC 9068, section 2.2).
 *
 * <p>The readers may be called only on claims that {@link #sound} accepted.
 */
final class AccessClaims {
    static final String ISSUER = "iss";
    static final String SUBJECT = "sub";
    static final String AUDIENCE = "aud";
    static final String EXPIRES_AT = "exp";
    static final String NOT_BEFORE = "nbf";
    static final String ISSUED_AT = "iat";
    static final String TOKEN_ID = "jti";
    static final String SESSION = "sid";
    static final String TENANT = "tenant";
    static final String METHODS = "amr";
    static final String METHOD_TIMES = "amr_time";
    static final String AUTHENTICATED_AT = "auth_time";
    static final String EPOCH = "epoch";
    static final String CLIENT_ID = "client_id";

    private static final int MAX_TEXT = 512;
    private static final int MAX_LIST = 16;
    private static final long LAST_SECOND = 253_402_300_799L;

    private AccessClaims() {}

    /** What is wrong with the names that an issuer writes and a verifier expects, by the rule that tokens are read by. */
    static List<String> nameFaults(@Nullable URI issuer, @Nullable String audience) {
        List<String> faults = new ArrayList<>();
        if (issuer == null) {
            faults.add("issuer must be set");
        } else if (!issuer.isAbsolute() || !printable(issuer.toString())) {
            faults.add("issuer must be an absolute URI of at most " + MAX_TEXT + " characters, got " + issuer);
        }
        if (audience == null) {
            faults.add("audience must be set");
        } else if (audience.isBlank() || !printable(audience)) {
            faults.add("audience must be printable, not blank and of at most " + MAX_TEXT + " characters, got "
                    + audience.length() + " characters");
        }
        return faults;
    }

    static boolean sound(Map<String, Object> claims) {
        return texts(claims) && times(claims) && audience(claims.get(AUDIENCE)) && methods(claims);
    }

    private static boolean texts(Map<String, Object> claims) {
        return isText(claims.get(ISSUER), AccessClaims::printable)
                && isText(claims.get(SUBJECT), UserId::accepts)
                && isText(claims.get(TENANT), TenantId::accepts)
                && isText(claims.get(SESSION), SessionId::accepts)
                && isText(claims.get(TOKEN_ID), AccessClaims::printable)
                && (!claims.containsKey(CLIENT_ID) || isText(claims.get(CLIENT_ID), AccessClaims::printable));
    }

    private static boolean times(Map<String, Object> claims) {
        return isTime(claims.get(EXPIRES_AT))
                && isTime(claims.get(ISSUED_AT))
                && isTime(claims.get(AUTHENTICATED_AT))
                && (!claims.containsKey(NOT_BEFORE) || isTime(claims.get(NOT_BEFORE)))
                && claims.get(EPOCH) instanceof Long epoch
                && epoch >= 0;
    }

    private static boolean audience(@Nullable Object audience) {
        return audience instanceof List<?> several
                ? isList(several, one -> isText(one, AccessClaims::printable))
                : isText(audience, AccessClaims::printable);
    }

    private static boolean methods(Map<String, Object> claims) {
        return claims.get(METHODS) instanceof List<?> names
                && claims.get(METHOD_TIMES) instanceof List<?> times
                && names.size() == times.size()
                && isList(names, name -> isText(name, Factor::accepts))
                && isList(times, AccessClaims::isTime);
    }

    private static boolean isList(List<?> list, Predicate<Object> form) {
        return !list.isEmpty() && list.size() <= MAX_LIST && list.stream().allMatch(form);
    }

    private static boolean isText(@Nullable Object claim, Predicate<String> form) {
        return claim instanceof String text && form.test(text);
    }

    private static boolean isTime(@Nullable Object claim) {
        return claim instanceof Long second && second >= 0 && second <= LAST_SECOND;
    }

    private static boolean printable(String text) {
        return !text.isEmpty() && text.length() <= MAX_TEXT && text.chars().noneMatch(Character::isISOControl);
    }

    static boolean names(Map<String, Object> claims, String audience) {
        Object claim = claims.get(AUDIENCE);
        return claim instanceof List<?> several ? several.contains(audience) : audience.equals(claim);
    }

    static String text(Map<String, Object> claims, String name) {
        return (String) value(claims, name);
    }

    static long number(Map<String, Object> claims, String name) {
        return (Long) value(claims, name);
    }

    static Instant instant(Map<String, Object> claims, String name) {
        return Instant.ofEpochSecond(number(claims, name));
    }

    static List<Factor> factors(Map<String, Object> claims) {
        List<?> names = (List<?>) value(claims, METHODS);
        List<?> times = (List<?>) value(claims, METHOD_TIMES);
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Factor((String) names.get(i), Instant.ofEpochSecond((Long) times.get(i))))
                .toList();
    }

    private static Object value(Map<String, Object> claims, String name) {
        return Objects.requireNonNull(claims.get(name), name);
    }
}

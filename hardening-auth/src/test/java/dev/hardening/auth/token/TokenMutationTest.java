package dev.hardening.auth.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.token.Verification.Reason;
import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tokens damaged at random: each is refused for a reason, none raises anything. */
@Tag("slow")
@Tag("auth:T13")
class TokenMutationTest {
    private static final int TOKENS = 24_000;
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "9".repeat(400),
            "\"\"",
            "\"\\ud83d\"",
            "[]",
            "[[[[[[[[[]]]]]]]]]",
            "{}",
            "\"2026\"",
            "0.5",
            "9223372036854775808",
            "\"\\u0000\"",
            "\"" + "a".repeat(600) + "\"",
            "[null]",
            "nul",
            "\"");
    private static final String ODD = "=+/ \n\u0000\u0430\u20ac.%\"{}~";

    private final TokenFixture fixture = new TokenFixture();

    @Test
    void verify_mutated_isRefusedWithAReason() {
        Random random = SeededRandom.of("TokenMutationTest");
        List<String> bases = List.of(fixture.token(), fixture.token(), new TokenFixture().token());
        Map<Reason, Integer> reasons = new EnumMap<>(Reason.class);

        for (int i = 0; i < TOKENS; i++) {
            String base = bases.get(random.nextInt(bases.size()));
            String mutant = mutate(base, bases, random);
            Verification verification = fixture.verifier.verify(mutant);
            Reason reason = verification.fold(token -> null, invalid -> invalid);
            assertTrue(reason != null || bases.contains(mutant), mutant);
            reasons.merge(reason == null ? Reason.MISSING : reason, 1, Integer::sum);
        }

        System.out.println(reasons);
        assertTrue(reasons.size() >= 6, reasons.toString());
    }

    @Test
    void verify_signedButOdd_isRefusedWithAReasonOrReadsAsItStands() {
        Random random = SeededRandom.of("TokenMutationTest.signed");
        int refused = 0;
        for (int i = 0; i < TOKENS / 8; i++) {
            String token = fixture.signed(TokenFixture.json(fixture.header()), oddClaims(random));
            Verification verification = fixture.verifier.verify(token);
            refused += verification.kind() == Verification.Kind.INVALID ? 1 : 0;
            verification.fold(
                    valid -> {
                        assertEquals(TokenFixture.USER, valid.user());
                        return valid;
                    },
                    reason -> reason);
        }

        assertTrue(refused > TOKENS / 32, "refused " + refused);
    }

    private byte[] oddClaims(Random random) {
        List<Map.Entry<String, String>> claims =
                new ArrayList<>(fixture.claims().entrySet());
        Collections.shuffle(claims, random);
        StringBuilder json = new StringBuilder("{");
        for (Map.Entry<String, String> claim : claims) {
            boolean odd = claim.getKey().length() > 3 ? random.nextInt(12) == 0 : random.nextInt(20) == 0;
            String value =
                    odd && !claim.getKey().equals("sub") ? VALUES.get(random.nextInt(VALUES.size())) : claim.getValue();
            json.append(json.length() > 1 ? "," : "")
                    .append('"')
                    .append(claim.getKey())
                    .append("\":")
                    .append(value);
        }
        if (random.nextInt(10) == 0) {
            json.append(",\"exp\":").append(VALUES.get(random.nextInt(VALUES.size())));
        }
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    private String mutate(String token, List<String> bases, Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> flipCharacter(token, random);
            case 1 -> token.substring(0, random.nextInt(token.length()));
            case 2 -> splice(token, bases.get(random.nextInt(bases.size())), random);
            case 3 -> insert(token, ODD.charAt(random.nextInt(ODD.length())), random);
            case 4 -> flipBit(token, random);
            case 5 -> withHeader(token, random);
            case 6 -> withPayload(token, random);
            default -> insert(token, (char) random.nextInt(0x10000), random);
        };
    }

    private static String flipCharacter(String token, Random random) {
        int at = random.nextInt(token.length());
        char other = (char) (33 + random.nextInt(94));
        return token.charAt(at) == other ? token + other : token.substring(0, at) + other + token.substring(at + 1);
    }

    private static String insert(String token, char character, Random random) {
        int at = random.nextInt(token.length() + 1);
        return token.substring(0, at) + character + token.substring(at);
    }

    private static String splice(String one, String other, Random random) {
        String[] parts = one.split("\\.", -1);
        parts[random.nextInt(3)] = other.split("\\.", -1)[random.nextInt(3)];
        return String.join(".", parts);
    }

    /** Flips one bit of the decoded bytes, so that the form stays canonical. */
    private static String flipBit(String token, Random random) {
        String[] parts = token.split("\\.", -1);
        int part = random.nextInt(3);
        byte[] bytes = java.util.Base64.getUrlDecoder().decode(parts[part]);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        parts[part] = TokenFixture.base64(bytes);
        return String.join(".", parts);
    }

    private String withHeader(String token, Random random) {
        List<String> names = List.of("alg", "kid", "typ", "crit", "jwk", "cty", "b64");
        String header = TokenFixture.json(TokenFixture.with(
                fixture.header(), names.get(random.nextInt(names.size())), VALUES.get(random.nextInt(VALUES.size()))));
        String[] parts = token.split("\\.", -1);
        return TokenFixture.base64(header.getBytes(StandardCharsets.UTF_8)) + '.' + parts[1] + '.' + parts[2];
    }

    private String withPayload(String token, Random random) {
        String[] parts = token.split("\\.", -1);
        return parts[0] + '.' + TokenFixture.base64(oddClaims(random)) + '.' + parts[2];
    }
}

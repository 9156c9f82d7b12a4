package dev.hardening.auth.password;

import dev.hardening.auth.AuthUnavailableException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** One Argon2id record as the PHC string format writes it; reading it allocates nothing that its numbers ask for. */
final class PhcString {
    private static final int MAX_LENGTH = 256;
    private static final int MIN_SALT = 8;
    private static final int MIN_TAG = 16;
    private static final int MAX_FIELD = 64;
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=([1-9]\\d{0,5}),t=([1-9]\\d?),p=([1-9]\\d?)\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
    private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();

    private final Cost cost;
    private final byte[] salt;
    private final byte[] tag;

    PhcString(Cost cost, byte[] salt, byte[] tag) {
        this.cost = cost;
        this.salt = salt;
        this.tag = tag;
    }

    static PhcString parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw unreadable();
        }
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw unreadable();
        }
        Cost cost = new Cost(number(matcher, 1), number(matcher, 2), number(matcher, 3));
        byte[] salt = decode(matcher.group(4), MIN_SALT);
        byte[] tag = decode(matcher.group(5), MIN_TAG);
        if (!cost.bounded()) {
            throw unreadable();
        }
        return new PhcString(cost, salt, tag);
    }

    Cost cost() {
        return cost;
    }

    byte[] salt() {
        return salt.clone();
    }

    byte[] tag() {
        return tag.clone();
    }

    @Override
    public String toString() {
        return "$argon2id$v=19$" + cost + "$" + ENCODER.encodeToString(salt) + "$" + ENCODER.encodeToString(tag);
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static byte[] decode(String text, int minimum) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException malformed) {
            throw unreadable();
        }
        if (bytes.length < minimum
                || bytes.length > MAX_FIELD
                || !ENCODER.encodeToString(bytes).equals(text)) {
            throw unreadable();
        }
        return bytes;
    }

    private static AuthUnavailableException unreadable() {
        return new AuthUnavailableException("a stored password record is not a bounded Argon2id PHC string");
    }

    /** What one hash costs. */
    record Cost(int memoryKib, int iterations, int parallelism) {
        private static final int MAX_MEMORY_KIB = 262_144;
        private static final int MAX_ITERATIONS = 10;
        private static final int MAX_PARALLELISM = 16;
        private static final int KIB_PER_LANE = 8;

        boolean bounded() {
            return iterations >= 1
                    && iterations <= MAX_ITERATIONS
                    && parallelism >= 1
                    && parallelism <= MAX_PARALLELISM
                    && memoryKib >= KIB_PER_LANE * parallelism
                    && memoryKib <= MAX_MEMORY_KIB;
        }

        // OWASP names five settings of one strength; these three bound them all.
        boolean atLeastOwasp() {
            return memoryKib >= 47_104
                    || (memoryKib >= 19_456 && iterations >= 2)
                    || (memoryKib >= 12_288 && iterations >= 3);
        }

        Argon2Parameters.Builder parameters() {
            return new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memoryKib)
                    .withIterations(iterations)
                    .withParallelism(parallelism);
        }

        @Override
        public String toString() {
            return "m=" + memoryKib + ",t=" + iterations + ",p=" + parallelism;
        }
    }
}

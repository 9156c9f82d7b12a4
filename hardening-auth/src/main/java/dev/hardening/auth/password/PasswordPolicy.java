package dev.hardening.auth.password;

import dev.hardening.auth.AuthConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Decides which passwords may be chosen: long ones that are not easily guessed, and nothing else.
 *
 * <p>The preset is NIST SP 800-63B-4, section 3.1.1.2, for a password that is the only factor: 15 to 128 code points,
 * every assigned character allowed, no composition rules, no expiry, and a list of passwords to refuse. That list is
 * made by rules (see {@code docs/auth.md}); it holds no breached passwords.
 *
 * <p>Only the choice of a password is judged here, never a login. A text that is too long is not searched for guessable
 * parts, since that takes time that grows faster than its length. Immutable, safe for many threads, no I/O.
 */
public final class PasswordPolicy {
    private static final int FLOOR = 15;
    private static final int MAX_CODE_POINTS = 128;

    private final int minimumLength;
    private final List<String> contextWords;

    private PasswordPolicy(Builder builder) {
        minimumLength = builder.minimumLength;
        contextWords = List.copyOf(builder.contextWords);
    }

    /**
     * Makes the preset without words of the host.
     *
     * @return at least 15 code points
     */
    public static PasswordPolicy nist80063b4() {
        return builder().build();
    }

    /**
     * Starts from the preset, to tighten it or to name words of the host.
     *
     * @return a builder, not safe for many threads
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Judges a password that somebody wants to have.
     *
     * @param password as typed
     * @param personalWords what is known of the person: address, name
     * @return every reason to refuse it, empty where it may be used
     */
    public List<Violation> check(Password password, Collection<String> personalWords) {
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(personalWords, "personalWords");
        List<Violation> found = new ArrayList<>();
        checkLength(password, found);
        if (password.usable()) {
            String text = password.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
            checkCharacters(text, found);
            if (password.codePoints() <= MAX_CODE_POINTS) {
                checkGuessing(text, personalWords, found);
            }
        } else if (found.isEmpty()) {
            found.add(forbiddenCharacter());
        }
        return List.copyOf(found);
    }

    private void checkLength(Password password, List<Violation> found) {
        if (password.codePoints() < minimumLength) {
            found.add(new Violation(
                    Violation.Code.TOO_SHORT,
                    "Use at least " + minimumLength + " characters; several words are fine."));
        }
        if (password.codePoints() > MAX_CODE_POINTS) {
            found.add(new Violation(Violation.Code.TOO_LONG, "Use at most " + MAX_CODE_POINTS + " characters."));
        }
    }

    private static void checkCharacters(String text, List<Violation> found) {
        boolean refused = text.codePoints()
                .anyMatch(point -> !Character.isDefined(point)
                        || Character.isISOControl(point)
                        || Character.getType(point) == Character.SURROGATE);
        if (refused) {
            found.add(forbiddenCharacter());
        }
    }

    private void checkGuessing(String text, Collection<String> personalWords, List<Violation> found) {
        if (GuessablePatterns.matches(text)) {
            found.add(new Violation(
                    Violation.Code.COMMON,
                    "This is a common word, a repetition or a run of keys; choose something else."));
        }
        List<String> words = new ArrayList<>(contextWords);
        words.addAll(personalWords);
        if (FoldedText.of(text).isMadeOf(words)) {
            found.add(new Violation(
                    Violation.Code.PERSONAL, "This is little more than your name, your address or our name."));
        }
    }

    private static Violation forbiddenCharacter() {
        return new Violation(
                Violation.Code.FORBIDDEN_CHARACTER,
                "This holds a control character or one that Unicode does not know.");
    }

    /**
     * One reason why a password was refused, to be told to the person who chose it.
     *
     * @param code for programs and translations
     * @param message one English sentence; holds nothing of the password
     */
    public record Violation(Code code, String message) {
        /**
         * Checks that both are there.
         *
         * @param code for programs and translations
         * @param message one English sentence; holds nothing of the password
         */
        public Violation {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }

        /** Which rule a password broke. */
        public enum Code {
            /** Fewer code points than the policy asks for. */
            TOO_SHORT,
            /** More code points or bytes than the policy admits. */
            TOO_LONG,
            /** A control character, an unassigned code point or half a surrogate pair. */
            FORBIDDEN_CHARACTER,
            /** One that guessing programs try early: a walk, a repetition or common words. */
            COMMON,
            /** Little more than the user's own address or name, or the name of the service. */
            PERSONAL
        }
    }

    /** Collects what tightens the preset; not safe for many threads. */
    public static final class Builder {
        private int minimumLength = FLOOR;
        private final List<String> contextWords = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the least number of code points; not calling it means 15.
         *
         * @param codePoints 15 to 64
         * @return this
         */
        public Builder requireLength(int codePoints) {
            minimumLength = codePoints;
            return this;
        }

        /**
         * Adds words that everyone would guess here, such as the name of the school; not calling it means none.
         *
         * @param words four letters or longer; case and digits for letters are seen through
         * @return this
         */
        public Builder contextWords(String... words) {
            contextWords.addAll(List.of(words));
            return this;
        }

        /**
         * Builds the policy.
         *
         * @return immutable
         * @throws AuthConfigurationException if the length asked for is out of its range
         */
        public PasswordPolicy build() {
            int most = MAX_CODE_POINTS / 2;
            if (minimumLength < FLOOR || minimumLength > most) {
                throw new AuthConfigurationException(
                        List.of("requireLength must be from " + FLOOR + " to " + most + ", got " + minimumLength));
            }
            return new PasswordPolicy(this);
        }
    }
}

package dev.hardening.secrets.scan;

import dev.hardening.secrets.PlaceholderGrammar;
import dev.hardening.secrets.scan.Rule.Candidate;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;

/** Tells a secret from a placeholder, a name, a path or a piece of code. */
final class Plausibility {
    private static final double TOKEN_ENTROPY = 2.5;
    private static final double PASSWORD_ENTROPY = 2.2;
    private static final double HEX_ENTROPY = 2.9;
    private static final double TEXT_ENTROPY = 3.4;
    private static final int SHORTEST_PASSWORD = 6;
    private static final int SHORTEST_GENERIC = 16;
    private static final int FEWEST_DIGITS = 3;
    private static final int MANY_DIGITS = 8;
    private static final int SECRET_BYTES = 128;
    private static final int SHORTEST_LINE = 32;
    private static final int SHORTEST_ARMOR = 48;
    private static final String RARE_SIGNS = "!#$%&*@^~,;<>";

    private Plausibility() {}

    /** A token with a form of its own. */
    static boolean token(Candidate candidate) {
        return entropy(candidate.secret()) >= TOKEN_ENTROPY && !PlaceholderGrammar.matches(candidate.secret());
    }

    /** A token whose head is a word of the grammar. */
    static boolean random(Candidate candidate) {
        return entropy(candidate.secret()) >= TEXT_ENTROPY;
    }

    /** The names of .npmrc have nothing before their underscore. */
    static boolean npmrc(Candidate candidate) {
        return candidate.name().startsWith("_") && token(candidate);
    }

    /** A password in a file whose form says that it is one, whatever stands before it. */
    static boolean passwordAlone(Candidate candidate) {
        Candidate alone = new Candidate("", candidate.secret());
        return wholeOrFirst(alone, Plausibility::passwordWhole);
    }

    /** A key: whatever stands between the lines, it is not text. */
    static boolean key(Candidate candidate) {
        return keyOfLines(candidate.secret(), SHORTEST_LINE);
    }

    /** A key whose form lets text stand before it, so that its lines must be longer than any name is. */
    static boolean armoredKey(Candidate candidate) {
        return keyOfLines(candidate.secret(), SHORTEST_ARMOR);
    }

    private static boolean keyOfLines(String secret, int shortest) {
        return entropy(secret) >= TEXT_ENTROPY
                && base64Line(secret, shortest)
                && !secret.contains("...")
                && !PlaceholderGrammar.matches(secret);
    }

    /** Whether there is a run of base64 longer than words and names are, and mixed as they seldom are. */
    private static boolean base64Line(String secret, int shortest) {
        int start = 0;
        for (int at = 0; at <= secret.length(); at++) {
            if (at == secret.length() || !base64(secret.charAt(at))) {
                String run = secret.substring(start, at);
                if (run.length() >= shortest && digits(run) > 0 && mixed(run)) {
                    return true;
                }
                start = at + 1;
            }
        }
        return false;
    }

    private static boolean base64(char symbol) {
        return symbol < 128 && (Character.isLetterOrDigit(symbol) || symbol == '+' || symbol == '/' || symbol == '=');
    }

    /** A token whose form is so common that it must also be mixed. */
    static boolean mixedToken(Candidate candidate) {
        String secret = candidate.secret();
        return entropy(secret) >= TEXT_ENTROPY && digits(secret) > 0 && mixed(secret) && token(candidate);
    }

    /** What stands in a header; a word with capital letters is none. */
    static boolean bearer(Candidate candidate) {
        String secret = candidate.secret();
        boolean random = entropy(secret) >= (hexadecimal(secret) ? HEX_ENTROPY : TEXT_ENTROPY);
        boolean shaped = digits(secret) >= MANY_DIGITS || (mixed(secret) && digits(secret) > 0);
        return random && shaped && !PlaceholderGrammar.matches(secret);
    }

    /** What follows in the query of an address, or in a text between quotes, may be something else. */
    static boolean password(Candidate candidate) {
        return wholeOrFirst(candidate, Plausibility::passwordNoProse);
    }

    private static boolean wholeOrFirst(Candidate candidate, Predicate<Candidate> plausible) {
        String secret = candidate.secret();
        String part = Prose.firstPart(secret);
        int next = part.indexOf('&');
        String first = next > 0 ? part.substring(0, next) : part;
        return plausible.test(candidate)
                || (first.length() < secret.length() && plausible.test(new Candidate(candidate.name(), first)));
    }

    private static boolean passwordNoProse(Candidate candidate) {
        return passwordWhole(candidate) && !Prose.is(candidate.secret());
    }

    /** What costs little is asked first. */
    private static boolean passwordWhole(Candidate candidate) {
        String secret = candidate.secret();
        return passwordText(secret) && !Names.ofOtherThing(candidate.name()) && !PlaceholderGrammar.matches(secret);
    }

    /** A name of this family of programs: only what follows it may tell that it is not the secret itself. */
    static boolean service(Candidate candidate) {
        return wholeOrFirst(candidate, Plausibility::serviceWhole);
    }

    private static boolean serviceWhole(Candidate candidate) {
        String secret = candidate.secret();
        return passwordText(secret)
                && !Names.goOn(candidate.name())
                && !Prose.is(secret)
                && !PlaceholderGrammar.matches(secret);
    }

    /** A value on the next line; what ends in a colon is the next name. */
    static boolean below(Candidate candidate) {
        return !candidate.secret().endsWith(":") && candidate.secret().indexOf('=') < 0 && password(candidate);
    }

    /** The value of an option of a shell, such as {@code --password}; another option is none. */
    static boolean option(Candidate candidate) {
        return candidate.name().startsWith("-") && !candidate.secret().startsWith("-") && password(candidate);
    }

    /** The argument of a method that takes a password, not one that asks for it by a name. */
    static boolean call(Candidate candidate) {
        return !Names.asks(candidate.name()) && password(candidate);
    }

    /** Behind a name in quotes another name may stand, or that of an algorithm. */
    static boolean argument(Candidate candidate) {
        String secret = candidate.secret();
        boolean signs = secret.chars().anyMatch(symbol -> RARE_SIGNS.indexOf(symbol) >= 0);
        return ((signs && digits(secret) > 0) || (mixed(secret) && digits(secret) > 1)) && password(candidate);
    }

    /** In a list of names small letters with digits are one more name. */
    static boolean genericArgument(Candidate candidate) {
        return (mixed(candidate.secret()) || hexadecimal(candidate.secret())) && generic(candidate);
    }

    static boolean genericCall(Candidate candidate) {
        return !Names.asks(candidate.name()) && generic(candidate);
    }

    /** {@code PASSWORD '...'}, or the last word of {@code IDENTIFIED BY '...'}. */
    static boolean sql(Candidate candidate) {
        String name = candidate.name().toLowerCase(Locale.ROOT);
        return (name.equals("password") || name.equals("identified")) && password(candidate);
    }

    /** A name and its value behind blanks, and perhaps a quote. */
    static boolean environmentLine(Candidate candidate) {
        String line = candidate.secret().replace('\t', ' ');
        int blank = line.indexOf(' ');
        String name = line.substring(0, blank);
        String value = line.substring(blank).stripLeading();
        boolean quoted = value.startsWith("\"") || value.startsWith("'");
        Candidate assigned = new Candidate(name, quoted ? value.substring(1) : value);
        return (holds(name, NameRules.PASSWORDS) && password(assigned))
                || (holds(name, NameRules.SERVICES) && service(assigned))
                || (holds(name, NameRules.OTHERS) && generic(assigned));
    }

    private static boolean holds(String name, String... words) {
        String lower = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(words).anyMatch(word -> lower.contains(word.toLowerCase(Locale.ROOT)));
    }

    /** A password that no path looks like. */
    static boolean mixedPassword(String secret) {
        return digits(secret) > 0 && mixed(secret) && entropy(secret) >= HEX_ENTROPY;
    }

    private static boolean passwordText(String secret) {
        return secret.length() >= SHORTEST_PASSWORD
                && !word(withoutEnd(secret))
                && !code(secret)
                && entropy(secret) >= PASSWORD_ENTROPY;
    }

    /** A value that is random enough to tell, whatever its name. */
    static boolean generic(Candidate candidate) {
        return wholeOrFirst(candidate, Plausibility::genericWhole);
    }

    private static boolean genericWhole(Candidate candidate) {
        String secret = candidate.secret();
        return secret.length() >= SHORTEST_GENERIC
                && entropy(secret) >= (hexadecimal(secret) ? HEX_ENTROPY : TEXT_ENTROPY)
                && (mixed(secret) || digits(secret) >= FEWEST_DIGITS)
                && digits(secret) > 0
                && passwordNoProse(candidate);
    }

    /** Bits a symbol by how often each occurs. */
    static double entropy(String text) {
        int[] counts = new int[256];
        int length = Math.min(text.length(), SECRET_BYTES);
        for (int at = 0; at < length; at++) {
            counts[text.charAt(at) & 0xff]++;
        }
        double bits = 0;
        for (int count : counts) {
            bits -= count == 0 ? 0 : count * Math.log((double) count / length);
        }
        return length == 0 ? 0 : bits / length / Math.log(2);
    }

    /** References, calls and templates, and what was encrypted before it was put there. */
    private static boolean code(String secret) {
        char first = secret.charAt(0);
        return ("$%&<{[(/.@*".indexOf(first) >= 0 && !passwordLike(secret))
                || secret.contains("(")
                || secret.contains("${")
                || secret.contains("{{")
                || secret.contains("[")
                || secret.contains("://")
                || secret.contains("::")
                || secret.contains("->")
                || secret.startsWith(":")
                || secret.startsWith("$2")
                || secret.startsWith("$argon")
                || secret.startsWith("vault:")
                || secret.startsWith("!vault")
                || secret.startsWith("arn:");
    }

    /** A first sign that is common in code may still be that of a password, if no word or path follows it. */
    private static boolean passwordLike(String secret) {
        String rest = secret.substring(1);
        return digits(rest) > 0 && !rest.contains("/") && !rest.contains(".") && mixed(rest);
    }

    /** Letters, dots and dashes alone: a name in a program more often than a password; digits alone: a number. */
    private static boolean word(String secret) {
        boolean digitsOnly = true;
        boolean signs = false;
        boolean digit = false;
        for (int at = 0; at < secret.length(); at++) {
            char symbol = secret.charAt(at);
            boolean number = symbol >= '0' && symbol <= '9';
            boolean letter = (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z');
            digitsOnly &= number || symbol == '.' || symbol == '_';
            digit |= number;
            signs |= !number && !letter && "._-:/+$=|?".indexOf(symbol) < 0;
        }
        return digitsOnly || (!digit && !signs);
    }

    /** What closes a call or a block belongs to the code around. */
    private static String withoutEnd(String secret) {
        int end = secret.length();
        while (end > 0 && ")]};:".indexOf(secret.charAt(end - 1)) >= 0) {
            end--;
        }
        return secret.substring(0, end);
    }

    private static boolean mixed(String text) {
        return text.chars().anyMatch(Character::isUpperCase) && text.chars().anyMatch(Character::isLowerCase);
    }

    private static long digits(String text) {
        return text.chars().filter(symbol -> symbol >= '0' && symbol <= '9').count();
    }

    private static boolean hexadecimal(String text) {
        return text.chars().allMatch(symbol -> Character.digit(symbol, 16) >= 0);
    }
}

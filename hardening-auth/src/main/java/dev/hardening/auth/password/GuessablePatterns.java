package dev.hardening.auth.password;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses what guessing programs try first among long passwords.
 *
 * <p>A list of leaked passwords holds few of 15 characters and more, and those few follow three rules, so the rules are
 * kept instead of a list: a run along the alphabet, the digits or a keyboard; a short unit repeated; and one or two
 * common words, repeated or not, with small words between them and at most a little else or a run of digits around. The words are our own
 * choice of what is commonly used; nothing was copied from a leak.
 */
final class GuessablePatterns {
    private static final int LONGEST_UNIT = 8;
    private static final int LITTLE = 6;
    private static final int FEW_KINDS = 2;

    private static final List<String> RUNS = List.of(
            "abcdefghijklmnopqrstuvwxyz",
            "0123456789",
            "1234567890",
            "qwertyuiopasdfghjklzxcvbnm",
            "qwertzuiopasdfghjklyxcvbnm",
            "azertyuiopqsdfghjklmwxcvbn",
            "qwertyuiop",
            "asdfghjkl",
            "zxcvbnm",
            "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
            "1q2w3e4r5t6y7u8i9o0p",
            "qazwsxedcrfvtgbyhnujmikolp");

    private static final String COMMON_WORDS = """
            password passwort passw pass pwd secret geheim login logon admin administrator root user
            username guest test testing default changeme change letmein welcome willkommen bienvenue
            hello hallo access master superman batman spiderman dragon monkey tiger lion shadow
            sunshine princess flower football baseball basketball soccer hockey tennis summer winter
            spring autumn fall january february march april may june july august september october
            november december monday tuesday wednesday thursday friday saturday sunday qwerty qwertz
            azerty asdf zxcv iloveyou loveyou love lovely forever together baby angel honey sweet
            chocolate cookie cheese banana orange apple pepper ginger buster charlie michael jordan
            jessica ashley daniel thomas robert andrew matthew jennifer michelle nicole anthony
            computer internet server system windows linux microsoft google facebook samsung school
            university college student teacher course class lesson study learning education moodle
            canvas campus lms exam homework company office business money freedom whatever trustno
            trust nothing mother father family friend friends jesus christ blessed heaven pokemon
            starwars naruto minecraft ninja killer hunter ranger mustang ferrari porsche mercedes
            corvette yankees cowboys eagles arsenal chelsea liverpool barcelona madrid london berlin
            paris newyork america canada germany france""";

    private static final Set<String> WORDS = Set.copyOf(List.of(COMMON_WORDS.split("\\s+")));

    private static final List<String> FILLERS =
            List.of("a", "and", "for", "i", "is", "it", "my", "of", "our", "the", "this", "to", "you", "your");

    private GuessablePatterns() {}

    static boolean matches(String password) {
        String lower = password.toLowerCase(Locale.ROOT);
        return repeats(lower) || runs(lower) || commonWords(lower);
    }

    private static boolean repeats(String text) {
        for (int unit = 1; unit <= LONGEST_UNIT && unit < text.length(); unit++) {
            if (text.regionMatches(unit, text, 0, text.length() - unit)) {
                return true;
            }
        }
        return false;
    }

    private static boolean runs(String text) {
        String reversed = new StringBuilder(text).reverse().toString();
        return RUNS.stream()
                .map(run -> run.repeat(text.length() / run.length() + 2))
                .anyMatch(endless -> endless.contains(text) || endless.contains(reversed));
    }

    private static boolean commonWords(String text) {
        String plain = text.codePoints()
                .filter(Character::isLetter)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        String rest = text.codePoints()
                .filter(point -> !Character.isLetter(point))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return (weak(rest) && wordsOnly(plain)) || wordsOnly(FoldedText.of(text).letters());
    }

    private static boolean weak(String rest) {
        return rest.length() <= LITTLE
                || rest.codePoints().distinct().count() <= FEW_KINDS
                || repeats(rest)
                || runs(rest);
    }

    private static boolean wordsOnly(String letters) {
        if (letters.isEmpty()) {
            return false;
        }
        List<String> present = WORDS.stream().filter(letters::contains).toList();
        return present.stream()
                .anyMatch(first -> present.stream().anyMatch(second -> isChainOf(letters, first, second)));
    }

    private static boolean isChainOf(String letters, String first, String second) {
        boolean[] reached = new boolean[letters.length() + 1];
        reached[0] = true;
        for (int at = 0; at < letters.length(); at++) {
            if (reached[at]) {
                int from = at;
                step(letters, from, first, reached);
                step(letters, from, second, reached);
                FILLERS.forEach(filler -> step(letters, from, filler, reached));
            }
        }
        return reached[letters.length()];
    }

    private static void step(String letters, int at, String word, boolean[] reached) {
        if (letters.startsWith(word, at)) {
            reached[at + word.length()] = true;
        }
    }
}

package dev.hardening.secrets.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A pattern that is matched in one pass from left to right, without ever going back.
 *
 * <p>The language has literals, classes with a bounded count ({@code [a-z0-9]{2,40}}) and one pair of parentheses around
 * the secret. Each class takes all it can up to its bound and gives nothing back; alternatives, groups, references,
 * look-around, {@code *}, {@code +} and {@code ?} do not exist. A match therefore reads at most {@link #longest} bytes,
 * whatever the text, and no rule can be written that takes more than linear time. The byte behind the last class must
 * not belong to it: a token that goes on is another kind of token. A shape that {@link #goingOn may go on} is found all
 * the same, and what is behind its last bound is left out.
 *
 * <p>In a class stand bytes, ranges and {@code \s} for white space; a backslash takes the next byte as it is, and
 * {@code ^} at the start means all other printable bytes and those above 127. Two marks behind the bounds say where a
 * class ends before they do: {@code [..]{6,256"}} behind one quote ends at the next one and takes all between, blanks
 * too, and without a pair of quotes it is what it is; {@code [..]{40,6000-}} ends before five dashes.
 */
final class Shape {
    private static final int DASHES = 5;
    private static final String QUOTES = "\"'`";
    /** What may stand behind a backslash that keeps it from meaning anything. */
    private static final String SIGNS = "\\\"'`/$";

    private static final Octets BETWEEN_QUOTES =
            Octets.of(octet -> octet >= ' ' && octet != 127 && QUOTES.indexOf(octet) < 0);

    private final List<Step> steps;
    private final int longest;
    private final boolean mayGoOn;

    /** What else ends a class. */
    private enum Ending {
        NONE,
        QUOTE,
        DASHES
    }

    /** One class of bytes with its bounds; {@code open} and {@code close} say whether the secret starts or ends here. */
    private record Step(Octets octets, int least, int most, Ending ending, boolean open, boolean close) {
        /** The first byte that the class does not take. */
        int end(byte[] text, int from, int end) {
            int stop = Math.min(end, from + most);
            int at = from;
            while (at < stop && takes(text, at, end)) {
                at++;
            }
            return at;
        }

        boolean takes(byte[] text, int at, int end) {
            return octets.has(text[at]) && !(ending == Ending.DASHES && dashes(text, at, end));
        }

        private static boolean dashes(byte[] text, int from, int end) {
            int at = from;
            while (at < end && at - from < DASHES && text[at] == '-') {
                at++;
            }
            return at - from == DASHES;
        }

        /** Where the quote before {@code from} is closed, or where it turns out that it is not. */
        int closing(byte[] text, int from, int end) {
            int stop = Math.min(end, from + most);
            int at = from;
            while (at < stop && BETWEEN_QUOTES.has(text[at])) {
                boolean escape = text[at] == '\\' && at + 1 < stop;
                if (escape && SIGNS.indexOf(text[at + 1]) < 0) {
                    return at;
                }
                at += escape ? 2 : 1;
            }
            return at;
        }
    }

    /** A set of bytes. */
    private static final class Octets {
        private final boolean[] members;

        Octets(boolean[] members) {
            this.members = members;
        }

        static Octets of(IntPredicate chosen) {
            boolean[] members = new boolean[256];
            for (int octet = 0; octet < members.length; octet++) {
                members[octet] = chosen.test(octet);
            }
            return new Octets(members);
        }

        boolean has(byte octet) {
            return members[octet & 0xff];
        }
    }

    /**
     * Where a match and the secret in it lie, or how far was read before it failed.
     *
     * @param work how many bytes were looked at, some of them twice
     */
    record Match(boolean found, int from, int to, int read, int work) {}

    private Shape(List<Step> steps, boolean mayGoOn) {
        this.steps = List.copyOf(steps);
        this.mayGoOn = mayGoOn;
        this.longest = steps.stream().mapToInt(Step::most).sum() + 1;
    }

    static Shape of(String pattern) {
        return new Shape(new Parser(pattern).parse(), false);
    }

    /** A shape whose text may be longer than its last class; one of a fixed length may not. */
    static Shape goingOn(String pattern) {
        List<Step> steps = new Parser(pattern).parse();
        Step last = steps.get(steps.size() - 1);
        return new Shape(steps, last.least() < last.most());
    }

    /** The most bytes a match may read. */
    int longest() {
        return longest;
    }

    Match match(byte[] text, int start, int end) {
        int at = start;
        int from = start;
        int to = -1;
        int again = 0;
        Step last = steps.get(0);
        for (Step step : steps) {
            from = step.open() ? at : from;
            int begin = at;
            at = step.end(text, begin, end);
            if (step.ending() == Ending.QUOTE && opened(text, begin)) {
                int close = step.closing(text, begin, end);
                boolean closed = close < end && text[close] == text[begin - 1];
                again += (closed ? at : close) - begin;
                at = closed ? close : at;
            }
            if (at - begin < step.least()) {
                return new Match(false, from, at, at - start + 1, at - start + 1 + again);
            }
            to = step.close() ? at : to;
            last = step;
        }
        boolean goesOn = !mayGoOn && at < end && last.most() > 1 && last.takes(text, at, end);
        return new Match(!goesOn, from, to < 0 ? at : to, at - start + 1, at - start + 1 + again);
    }

    /** Whether one quote is before a text: of two the second may close, and behind a backslash it opens nothing. */
    private static boolean opened(byte[] text, int at) {
        if (at < 1 || QUOTES.indexOf(text[at - 1]) < 0) {
            return false;
        }
        return at < 2 || (text[at - 2] != '\\' && text[at - 2] != text[at - 1]);
    }

    /** Reads the notation; whatever it does not know is refused. */
    private static final class Parser {
        private static final String REFUSED = "*+?|{}^$.]";
        private final String pattern;
        private final List<Step> steps = new ArrayList<>();
        private int at;
        private boolean open;

        Parser(String pattern) {
            this.pattern = pattern;
        }

        List<Step> parse() {
            while (at < pattern.length()) {
                char symbol = pattern.charAt(at);
                if (symbol == '(') {
                    at++;
                    open = true;
                } else if (symbol == ')') {
                    at++;
                    close();
                } else {
                    step();
                }
            }
            if (steps.isEmpty()) {
                throw refused("is empty");
            }
            return steps;
        }

        private void step() {
            boolean[] bytes = pattern.charAt(at) == '[' ? choice() : literal();
            int least = 1;
            int most = 1;
            Ending ending = Ending.NONE;
            if (at < pattern.length() && pattern.charAt(at) == '{') {
                int close = pattern.indexOf('}', at);
                ending = ending(pattern.charAt(close - 1));
                int end = ending == Ending.NONE ? close : close - 1;
                int comma = pattern.indexOf(',', at);
                boolean range = comma >= 0 && comma < end;
                least = Integer.parseInt(pattern.substring(at + 1, range ? comma : end));
                most = range ? Integer.parseInt(pattern.substring(comma + 1, end)) : least;
                at = close + 1;
            }
            if (least < 0 || most < 1 || least > most || most > TextScanner.LONGEST_MATCH) {
                throw refused("has bounds out of range");
            }
            steps.add(new Step(new Octets(bytes), least, most, ending, open, false));
            open = false;
        }

        private static Ending ending(char mark) {
            return mark == '"' ? Ending.QUOTE : mark == '-' ? Ending.DASHES : Ending.NONE;
        }

        private void close() {
            if (steps.isEmpty()) {
                throw refused("closes nothing");
            }
            Step last = steps.remove(steps.size() - 1);
            steps.add(new Step(last.octets(), last.least(), last.most(), last.ending(), last.open(), true));
        }

        private boolean[] literal() {
            boolean[] bytes = new boolean[256];
            if (pattern.charAt(at) == '\\') {
                escaped(bytes);
                return bytes;
            }
            if (REFUSED.indexOf(pattern.charAt(at)) >= 0) {
                throw refused("has a sign that this language does not know");
            }
            bytes[octet(pattern.charAt(at++))] = true;
            return bytes;
        }

        private boolean[] choice() {
            boolean[] bytes = new boolean[256];
            at++;
            boolean others = pattern.charAt(at) == '^';
            at += others ? 1 : 0;
            while (pattern.charAt(at) != ']') {
                member(bytes);
            }
            at++;
            if (others) {
                for (int octet = 0; octet < bytes.length; octet++) {
                    bytes[octet] = !bytes[octet] && octet > ' ' && octet != 127;
                }
            }
            return bytes;
        }

        private void member(boolean[] bytes) {
            if (pattern.charAt(at) == '\\') {
                escaped(bytes);
                return;
            }
            int first = octet(pattern.charAt(at++));
            boolean range = pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']';
            int last = range ? octet(pattern.charAt(at + 1)) : first;
            at += range ? 2 : 0;
            for (int octet = first; octet <= last; octet++) {
                bytes[octet] = true;
            }
        }

        private void escaped(boolean[] bytes) {
            char symbol = pattern.charAt(at + 1);
            at += 2;
            if (symbol == 's') {
                for (char space : " \t\r\n".toCharArray()) {
                    bytes[space] = true;
                }
                return;
            }
            bytes[octet(symbol)] = true;
        }

        private int octet(char symbol) {
            if (symbol > 127) {
                throw refused("must be ASCII");
            }
            return symbol;
        }

        private IllegalArgumentException refused(String reason) {
            return new IllegalArgumentException("the pattern " + pattern + " " + reason);
        }
    }
}

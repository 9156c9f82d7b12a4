package dev.hardening.secrets.scan;

import dev.hardening.secrets.scan.Rule.Candidate;
import dev.hardening.secrets.scan.Rule.Start;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Scans one text as a stream of bytes, in a window that holds the longest match and some of what was before it.
 *
 * <p>A keyword is found by {@link Keywords}, one step a byte; only there is a {@link Shape} tried. Lines do not matter
 * to the search, so a line may be as long as it likes. Not safe for many threads; one for each text.
 */
final class TextScanner {
    static final int LONGEST_MATCH = 8192;
    static final String ALLOWED = "hardening:allow-secret";

    private static final int MOST_REFUSALS = 2;
    private static final int LOOK_BACK = 128;
    private static final int LONGEST_NAME = 64;
    private static final int WINDOW = 1 << 17;
    private static final Table TABLE = new Table(RuleBook.rules());

    private final byte[] window;
    private final int most;
    private final long[] resume = new long[TABLE.rules.size()];
    private final long[] refused = new long[TABLE.rules.size()];
    private final int[] refusals = new int[TABLE.rules.size()];
    private final List<Hit> hits = new ArrayList<>();
    private final Allowed allowed = new Allowed();
    private final Lines lines = new Lines();
    private int length;
    private long base;
    private boolean full;
    private long examined;

    /** One secret: what it is, where it lies, and the name in front of it, which holds no part of it. */
    record Hit(int rule, Span span, Place place, Candidate candidate) {}

    /** From the first byte of a secret to the one behind it. */
    record Span(long from, long to) {}

    /** Lines and columns count from 1; columns are code points of UTF-8. */
    record Place(long line, long column, long lastLine) {}

    /** What a text held: the secrets, how many a comment allows, whether there were too many to list, and the work. */
    record Result(List<Hit> hits, int allowed, boolean full, long bytes, long examined) {}

    /** The keywords of all rules and who wants each. */
    private static final class Table {
        private final List<Rule> rules;
        private final List<String> words = new ArrayList<>();
        private final List<List<Integer>> wanted = new ArrayList<>();
        private final Keywords keywords;

        Table(List<Rule> rules) {
            this.rules = rules;
            words.add(ALLOWED);
            wanted.add(List.of());
            for (int rule = 0; rule < rules.size(); rule++) {
                for (String keyword : rules.get(rule).keywords()) {
                    words.add(keyword);
                    wanted.add(List.of(rule));
                }
            }
            keywords = new Keywords(words);
        }
    }

    /** Takes a window that is used again for the next text, and how many secrets to list. */
    TextScanner(byte[] window, int most) {
        this.window = window;
        this.most = most;
    }

    static byte[] newWindow() {
        return new byte[WINDOW];
    }

    static Rule rule(int at) {
        return TABLE.rules.get(at);
    }

    /** Reads the text to its end. */
    Result scan(InputStream in) throws IOException {
        int state = 0;
        int scanned = 0;
        boolean end = false;
        while (!end) {
            int read = in.readNBytes(window, length, WINDOW - length);
            length += read;
            end = length < WINDOW;
            int limit = end ? length : length - LONGEST_MATCH;
            for (int at = scanned; at < limit; at++) {
                state = TABLE.keywords.next(state, window[at]);
                int[] found = TABLE.keywords.hits(state);
                if (found.length > 0) {
                    found(found, at + 1);
                }
            }
            scanned = limit;
            if (!end) {
                scanned -= shift(limit - LOOK_BACK);
            }
        }
        long bytes = base + length;
        Arrays.fill(window, (byte) 0);
        return result(bytes);
    }

    /** How many lines with a comment are held. */
    int notes() {
        return allowed.lines.size();
    }

    private int shift(int from) {
        lines.leave(window, base, from);
        System.arraycopy(window, from, window, 0, length - from);
        length -= from;
        base += from;
        return from;
    }

    private void found(int[] keywords, int end) {
        for (int keyword : keywords) {
            if (keyword == 0) {
                allowed.comment(lines.line(window, base, end - 1));
            }
            for (int rule : TABLE.wanted.get(keyword)) {
                attempt(rule, end - TABLE.words.get(keyword).length(), end);
            }
        }
    }

    private void attempt(int number, int keyword, int end) {
        Rule rule = TABLE.rules.get(number);
        boolean token = rule.start() == Start.TOKEN;
        int begin = token ? tokenStart(rule, keyword) : end;
        if (begin < 0 || base + begin < resume[number] || (token && goesOnBefore(begin))) {
            return;
        }
        Shape.Match match = rule.shape().match(window, begin, length);
        examined += match.work();
        if (!match.found()) {
            boolean whole = match.read() > rule.shape().longest() / 2;
            resume[number] = whole ? base + begin + match.read() - 1 : resume[number];
            return;
        }
        String secret = text(match.from(), match.to());
        examined += secret.length();
        boolean plausible = judge(number, new Candidate(token ? "" : name(keyword, match.from()), secret), match);
        resume[number] = plausible || !again(number, match) ? base + begin + match.read() - 1 : base + match.from();
    }

    /**
     * Whether to look for another name in a text that is no secret, as in {@code password=changeme&api_password=...}.
     * A few times only: what is read again and again would take more than linear time.
     */
    private boolean again(int number, Shape.Match match) {
        if (base + match.from() >= refused[number]) {
            refused[number] = base + match.to();
            refusals[number] = 0;
        }
        return ++refusals[number] <= MOST_REFUSALS;
    }

    /** Whether a token is the end of a longer one; what an escape ends with is none of it. */
    private boolean goesOnBefore(int begin) {
        return begin > 0 && inToken(window[begin - 1]) && !Escapes.endAt(window, begin);
    }

    /** Where a token starts: so many bytes before the keyword, or where its leading digits do. */
    private int tokenStart(Rule rule, int keyword) {
        if (!rule.keywords().get(0).startsWith(":")) {
            return keyword - rule.back();
        }
        int start = keyword;
        while (start > 0
                && keyword - start < rule.back()
                && digit(window[start - 1])
                && !Escapes.endAt(window, start)) {
            start--;
        }
        return start;
    }

    private boolean judge(int number, Candidate candidate, Shape.Match match) {
        if (!full && !TABLE.rules.get(number).plausible().test(candidate)) {
            return false;
        }
        full |= hits.size() == most;
        if (!full) {
            Place place = lines.place(window, base, match.from(), match.to());
            hits.add(new Hit(number, new Span(base + match.from(), base + match.to()), place, candidate));
            allowed.hit(place);
        }
        return true;
    }

    /** The whole name of what is assigned: the part before the keyword, the keyword, and the part behind it. */
    private String name(int keyword, int value) {
        int start = keyword;
        while (start > 0
                && keyword - start < LONGEST_NAME
                && inName(window[start - 1])
                && !Escapes.letter(window, start)) {
            start--;
        }
        int end = keyword;
        while (end < value && inName(window[end])) {
            end++;
        }
        return text(start, end);
    }

    private String text(int from, int to) {
        return new String(window, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean inName(byte octet) {
        return inToken(octet) || octet == '.';
    }

    private static boolean digit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    private static boolean inToken(byte octet) {
        return digit(octet)
                || (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || octet == '_'
                || octet == '-';
    }

    /** Of secrets that overlap the one of the first rule stays; those on a line with the comment are counted only. */
    private Result result(long bytes) {
        List<Hit> kept = new ArrayList<>();
        int beside = 0;
        hits.sort(Comparator.comparingInt(Hit::rule)
                .thenComparingLong(hit -> hit.span().from()));
        Occupied occupied = new Occupied();
        for (Hit hit : hits) {
            if (!occupied.add(hit.span())) {
                continue;
            }
            boolean comment = allowed.on(hit.place());
            beside += comment ? 1 : 0;
            if (!comment) {
                kept.add(hit);
            }
        }
        kept.sort(Comparator.comparingLong(hit -> hit.span().from()));
        return new Result(List.copyOf(kept), beside, full, bytes, examined);
    }

    /** The lines with a comment, as far as a secret starts or ends there: of others there may be millions. */
    private static final class Allowed {
        private final Set<Long> lines = new HashSet<>();
        private final Set<Long> secrets = new HashSet<>();
        private long last;

        void comment(long line) {
            last = line;
            if (secrets.contains(line)) {
                lines.add(line);
            }
        }

        /** Of the comments that were seen before only the last one may be on a line of this secret. */
        void hit(Place place) {
            secrets.add(place.line());
            secrets.add(place.lastLine());
            if (place.line() == last || place.lastLine() == last) {
                lines.add(last);
            }
        }

        boolean on(Place place) {
            return lines.contains(place.line()) || lines.contains(place.lastLine());
        }
    }

    /** Spans that do not overlap. */
    private static final class Occupied {
        private final TreeMap<Long, Long> spans = new TreeMap<>();

        boolean add(Span span) {
            var before = spans.lowerEntry(span.to());
            if (before != null && before.getValue() > span.from()) {
                return false;
            }
            spans.put(span.from(), span.to());
            return true;
        }
    }

    /** Counts lines as far as somebody asks, forwards and backwards. */
    private static final class Lines {
        private long line = 1;
        private long counted;
        private long columnsBefore;

        long line(byte[] window, long base, int at) {
            while (counted < base + at) {
                line += window[(int) (counted - base)] == '\n' ? 1 : 0;
                counted++;
            }
            while (counted > base + at) {
                counted--;
                line -= window[(int) (counted - base)] == '\n' ? 1 : 0;
            }
            return line;
        }

        Place place(byte[] window, long base, int from, int to) {
            long last = line(window, base, Math.max(from, to - 1));
            long first = line(window, base, from);
            return new Place(first, 1 + columns(window, from), last);
        }

        /** Before the window moves on: what is left behind is counted. */
        void leave(byte[] window, long base, int from) {
            line(window, base, from);
            columnsBefore = columns(window, from);
        }

        private long columns(byte[] window, int at) {
            long columns = 0;
            for (int back = at - 1; back >= 0; back--) {
                if (window[back] == '\n') {
                    return columns;
                }
                columns += (window[back] & 0xc0) == 0x80 ? 0 : 1;
            }
            return columns + columnsBefore;
        }
    }
}

package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.web.Problem;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Violation;
import java.util.ArrayList;
import java.util.List;

/** Collects every rule that the values of a request break and refuses it once, with a 422. Not safe for many threads. */
final class Rules {
    static final int MAX_TITLE = 200;
    static final int MAX_REASON = 500;
    static final int MAX_TEXT = 20_000;

    private final List<Violation> violations = new ArrayList<>();

    /** One line of text: 1 to {@code max} code points that are not all blank, no control or format characters. */
    Rules line(String field, String value, int max) {
        length(field, value, max);
        boolean plain =
                value.codePoints().noneMatch(point -> control(point) || Character.getType(point) == Character.FORMAT);
        return check(plain, field, "one-line-of-text");
    }

    /** Text of several lines: 1 to {@code max} code points, no control characters but line breaks and tabs. */
    Rules text(String field, String value, int max) {
        length(field, value, max);
        boolean plain = value.codePoints().noneMatch(point -> control(point) && "\n\r\t".indexOf(point) < 0);
        return check(plain, field, "no-control-characters");
    }

    Rules check(boolean holds, String field, String rule) {
        if (!holds) {
            violations.add(new Violation(field, rule));
        }
        return this;
    }

    void orRefuse() {
        if (!violations.isEmpty()) {
            throw new ProblemException(Problem.refused(violations));
        }
    }

    private void length(String field, String value, int max) {
        int length = value.codePointCount(0, value.length());
        check(!value.isBlank() && length <= max, field, "length-1-" + max);
    }

    private static boolean control(int point) {
        return Character.isISOControl(point) || point == 0x2028 || point == 0x2029;
    }
}

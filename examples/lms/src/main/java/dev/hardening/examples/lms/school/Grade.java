package dev.hardening.examples.lms.school;

import java.math.BigDecimal;
import java.util.Objects;
import java.util.function.Function;

/** A grade: points, or a mark such as {@code A-} or {@code passed}. */
public sealed interface Grade {
    /** Takes either kind. */
    <R> R fold(Function<BigDecimal, R> points, Function<String, R> mark);

    /** As text, for people and for the audit log. */
    default String text() {
        return fold(BigDecimal::toPlainString, mark -> mark);
    }

    /**
     * Points.
     *
     * @param value 0 to 10,000 with at most two decimals
     */
    record Points(BigDecimal value) implements Grade {
        private static final BigDecimal MAX = BigDecimal.valueOf(10_000);

        /** Checks the range. */
        public Points {
            if (!accepts(value)) {
                throw new IllegalArgumentException("points must be 0 to 10000 with at most two decimals");
            }
        }

        /** Whether the constructor takes the value; does not expand an exponent. */
        public static boolean accepts(BigDecimal value) {
            return value.scale() <= 2 && value.scale() >= -4 && value.signum() >= 0 && value.compareTo(MAX) <= 0;
        }

        @Override
        public <R> R fold(Function<BigDecimal, R> points, Function<String, R> mark) {
            return points.apply(value);
        }
    }

    /**
     * A mark.
     *
     * @param value 1 to 20 code points in one line, without control and format characters
     */
    record Mark(String value) implements Grade {
        private static final int MAX = 20;

        /** Checks the length. */
        public Mark {
            Objects.requireNonNull(value, "value");
            if (!accepts(value)) {
                throw new IllegalArgumentException("a mark is one line of 1 to 20 characters");
            }
        }

        /** Whether the constructor takes the value. */
        public static boolean accepts(String value) {
            boolean plain = value.codePoints().noneMatch(Mark::invisible);
            return !value.isBlank() && value.codePointCount(0, value.length()) <= MAX && plain;
        }

        private static boolean invisible(int point) {
            int type = Character.getType(point);
            return Character.isISOControl(point)
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE;
        }

        @Override
        public <R> R fold(Function<BigDecimal, R> points, Function<String, R> mark) {
            return mark.apply(value);
        }
    }
}

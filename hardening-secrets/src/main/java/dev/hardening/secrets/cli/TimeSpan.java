package dev.hardening.secrets.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads times such as {@code 30s}, {@code 12m}, {@code 6h} and {@code 90d}, within bounds written the same way.
 *
 * @param least the shortest that is taken
 * @param most the longest that is taken
 */
record TimeSpan(String least, String most) {
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})([smhd])");

    Duration of(String option, String text) {
        Matcher span = SPAN.matcher(text);
        if (!span.matches()) {
            throw new IllegalArgumentException(option + " must be a number with s, m, h or d, such as 12m");
        }
        Duration time = time(span);
        if (time.compareTo(time(least)) < 0 || time.compareTo(time(most)) > 0) {
            throw new IllegalArgumentException(option + " must be " + least + " to " + most);
        }
        return time;
    }

    private static Duration time(String bound) {
        Matcher span = SPAN.matcher(bound);
        if (!span.matches()) {
            throw new AssertionError("a bound is a time");
        }
        return time(span);
    }

    private static Duration time(Matcher span) {
        long number = Long.parseLong(span.group(1));
        return switch (span.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}

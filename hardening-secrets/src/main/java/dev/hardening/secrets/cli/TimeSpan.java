package dev.hardening.secrets.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times such as {@code 30s}, {@code 12m}, {@code 6h} and {@code 90d}. */
final class TimeSpan {
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})([smhd])");

    private TimeSpan() {}

    static Duration of(String option, String text) {
        Matcher span = SPAN.matcher(text);
        if (!span.matches()) {
            throw new IllegalArgumentException(option + " must be a number with s, m, h or d, such as 12m");
        }
        long number = Long.parseLong(span.group(1));
        return switch (span.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}

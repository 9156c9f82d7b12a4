package dev.hardening.secrets;

import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a text must look like, what to do where it does not, and what is made of it; an unfit text gives nothing, so that
 * no message can quote it.
 */
record ValueKind(Class<?> type, String grammar, String remedy, Function<String, Optional<?>> reader) {
    static final ValueKind SECRET =
            new ValueKind(Secret.class, "must be a secret", "Write it as it was handed out", text -> Optional.empty());

    private static final int LAST_PORT = 65_535;
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,19}");
    private static final Pattern SHORT_DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    Optional<?> read(String text) {
        return reader.apply(text);
    }

    static ValueKind text() {
        return new ValueKind(
                String.class,
                "must be one line of text without control characters",
                "Write it in one line and without tabs",
                text -> Optional.of(text).filter(it -> it.chars().noneMatch(Character::isISOControl)));
    }

    static ValueKind port() {
        return new ValueKind(
                Integer.class,
                "must be a port, 0 to " + LAST_PORT,
                "Write the number alone, such as 8080",
                text -> integer(text, 0, LAST_PORT).map(Math::toIntExact));
    }

    static ValueKind number(long least, long most) {
        if (least > most) {
            throw new IllegalArgumentException("least must not be above most, got " + least + " and " + most);
        }
        return new ValueKind(
                Long.class,
                "must be a whole number, " + least + " to " + most,
                "Write it in digits alone, without a unit",
                text -> integer(text, least, most));
    }

    static ValueKind uri(List<String> schemes) {
        if (schemes.isEmpty()) {
            throw new IllegalArgumentException("schemes must name at least one");
        }
        return new ValueKind(
                URI.class,
                "must be an absolute URI with the scheme " + String.join(" or ", schemes),
                "Begin it with " + schemes.get(0) + ": and write a space in it as %20",
                text -> uri(text).filter(uri -> schemes.contains(scheme(uri))));
    }

    static ValueKind duration(Duration least, Duration most) {
        if (least.compareTo(most) > 0) {
            throw new IllegalArgumentException("least must not be above most, got " + least + " and " + most);
        }
        return new ValueKind(
                Duration.class,
                "must be a duration such as 30s, 15m, 8h or 2d, " + least + " to " + most,
                "Write a number and its unit, ms, s, m, h or d, without a space",
                text -> duration(text).filter(it -> it.compareTo(least) >= 0 && it.compareTo(most) <= 0));
    }

    static ValueKind choice(Class<? extends Enum<?>> type) {
        List<? extends Enum<?>> constants = Arrays.asList(type.getEnumConstants());
        String choices = constants.stream().map(ValueKind::spelled).collect(Collectors.joining(", "));
        return new ValueKind(
                type,
                "must be one of " + choices,
                "Write one of these words as it stands there, in lower case",
                text -> constants.stream()
                        .filter(constant -> spelled(constant).equals(text))
                        .findFirst());
    }

    static ValueKind flag() {
        return new ValueKind(
                Boolean.class,
                "must be true or false",
                "Write true or false, in lower case",
                text -> Optional.of(text)
                        .filter(it -> it.equals("true") || it.equals("false"))
                        .map(Boolean::valueOf));
    }

    static ValueKind path() {
        return new ValueKind(Path.class, "must be a path", "Write a path such as /srv/lms", text -> {
            try {
                return Optional.of(Path.of(text).toAbsolutePath().normalize());
            } catch (InvalidPathException malformed) {
                return Optional.empty();
            }
        });
    }

    private static String spelled(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Optional<Long> integer(String text, long least, long most) {
        return Optional.of(text)
                .filter(it -> NUMBER.matcher(it).matches())
                .map(BigInteger::new)
                .filter(it ->
                        it.compareTo(BigInteger.valueOf(least)) >= 0 && it.compareTo(BigInteger.valueOf(most)) <= 0)
                .map(BigInteger::longValueExact);
    }

    private static Optional<URI> uri(String text) {
        try {
            URI uri = new URI(text);
            boolean complete = uri.isAbsolute() && (uri.isOpaque() || uri.getHost() != null);
            return complete ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException malformed) {
            return Optional.empty();
        }
    }

    private static String scheme(URI uri) {
        return uri.getScheme().toLowerCase(Locale.ROOT);
    }

    private static Optional<Duration> duration(String text) {
        Matcher brief = SHORT_DURATION.matcher(text);
        if (brief.matches()) {
            return Optional.of(
                    UNITS.getOrDefault(brief.group(2), Duration.ZERO).multipliedBy(Long.parseLong(brief.group(1))));
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException malformed) {
            return Optional.empty();
        }
    }
}

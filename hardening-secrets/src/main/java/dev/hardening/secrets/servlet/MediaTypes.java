package dev.hardening.secrets.servlet;

import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The few things that have to be known of media types and of {@code Accept}. */
final class MediaTypes {
    static final String SEALED = "application/jose";
    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([A-Za-z0-9._:+-]{1,40})\"?", Pattern.CASE_INSENSITIVE);
    private static final Pattern REFUSED =
            Pattern.compile(";\\s*q\\s*=\\s*0(\\.0{0,3})?\\s*(;|$)", Pattern.CASE_INSENSITIVE);

    private MediaTypes() {}

    static boolean sealed(@Nullable String contentType) {
        return contentType != null && plain(contentType).equals(SEALED);
    }

    /** Type and subtype alone. */
    static String plain(String mediaType) {
        int end = mediaType.indexOf(';');
        return (end < 0 ? mediaType : mediaType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    static boolean asksForSealed(List<String> accept) {
        return elements(accept).stream()
                .anyMatch(range -> sealed(range) && !REFUSED.matcher(range).find());
    }

    /** What a handler behind the filter may answer: the wishes of the client but for sealing. */
    static List<String> withoutSealed(List<String> accept) {
        List<String> rest =
                elements(accept).stream().filter(range -> !sealed(range)).toList();
        return rest.isEmpty() ? List.of() : List.of(String.join(", ", rest));
    }

    private static List<String> elements(List<String> lines) {
        List<String> elements = new ArrayList<>();
        for (String line : lines) {
            for (String element : line.split(",", -1)) {
                if (!element.isBlank()) {
                    elements.add(element.strip());
                }
            }
        }
        return elements;
    }

    /** The charset that a media type names, whether or not this Java runtime knows it. */
    static Optional<String> charset(String mediaType) {
        Matcher found = CHARSET.matcher(mediaType);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    /** What the servlet API wants where a charset is not known. */
    static Charset known(String charset) throws UnsupportedEncodingException {
        try {
            return Charset.forName(charset);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
            throw new UnsupportedEncodingException(charset);
        }
    }

    static String withoutCharset(String mediaType) {
        return CHARSET.matcher(mediaType).replaceAll("").strip();
    }
}

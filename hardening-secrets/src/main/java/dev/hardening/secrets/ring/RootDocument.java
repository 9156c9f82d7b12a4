package dev.hardening.secrets.ring;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The wrapped root key of a ring as it is stored, format {@code hardening-ring-root/1}: one line of JSON whose values
 * need no escape, so that a pattern reads all of it and nothing else passes.
 */
record RootDocument(String ring, String kekId, String encoded) {
    static final String FORMAT = "hardening-ring-root/1";
    static final int MOST_WRAPPED = 4096;
    private static final int LIMIT = 8192;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:/-]{1,200}");
    private static final Pattern LINE = Pattern.compile("\\{\"format\":\"" + FORMAT
            + "\",\"ring\":\"([a-z][a-z0-9-]{0,63})\",\"kek\":\"([A-Za-z0-9._:/-]{1,200})\","
            + "\"wrapped\":\"([A-Za-z0-9_-]{1,5462})\"}");

    static boolean validId(String id) {
        return ID.matcher(id).matches();
    }

    /** What a root key is for; a key-encryption key binds it. */
    static byte[] context(String ring) {
        return new Framed().add(FORMAT).add(ring).bytes();
    }

    static RootDocument of(String ring, String kekId, byte[] wrapped) {
        return new RootDocument(ring, kekId, RingSeal.encode(wrapped));
    }

    byte[] wrapped() {
        return Base64.getUrlDecoder().decode(encoded);
    }

    byte[] write() {
        String line = "{\"format\":\"" + FORMAT + "\",\"ring\":\"" + ring + "\",\"kek\":\"" + kekId
                + "\",\"wrapped\":\"" + encoded + "\"}";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads what {@link #write} made, and nothing else. */
    static Optional<RootDocument> read(byte[] bytes) {
        if (bytes.length > LIMIT) {
            return Optional.empty();
        }
        Matcher line = LINE.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!line.matches()) {
            return Optional.empty();
        }
        RootDocument read = new RootDocument(line.group(1), line.group(2), line.group(3));
        return canonical(read) ? Optional.of(read) : Optional.empty();
    }

    private static boolean canonical(RootDocument read) {
        try {
            return RingSeal.encode(read.wrapped()).equals(read.encoded);
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }
}

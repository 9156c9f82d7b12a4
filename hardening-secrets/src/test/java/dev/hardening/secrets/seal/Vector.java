package dev.hardening.secrets.seal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** A message of another implementation, as a line of {@code vectors/cobblestone-256.txt} gives it. */
record Vector(String keyId, String hexKey, SealContext context, int length, List<String> message) {
    private static final HexFormat HEX = HexFormat.of();

    static List<Vector> all() {
        try (InputStream in = Vector.class.getResourceAsStream("/vectors/cobblestone-256.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Vector::parse)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Vector parse(String line) {
        String[] fields = line.split(";");
        return new Vector(
                fields[0],
                fields[1],
                context(fields[2]),
                Integer.parseInt(fields[3]),
                List.of(fields).subList(4, 7));
    }

    private static SealContext context(String parts) {
        if (parts.equals("-")) {
            return SealContext.none();
        }
        String[] texts = Arrays.stream(parts.replace("\"", "").split(","))
                .map(part -> new String(HEX.parseHex(part), StandardCharsets.UTF_8))
                .toArray(String[]::new);
        return SealContext.none().and(texts);
    }

    byte[] key() {
        return HEX.parseHex(hexKey);
    }

    byte[] plain() {
        return plain(length);
    }

    static byte[] plain(int length) {
        byte[] plain = new byte[length];
        for (int i = 0; i < length; i++) {
            plain[i] = (byte) (7 * i + (i >> 8));
        }
        return plain;
    }

    byte[] salt() {
        return Arrays.copyOfRange(preamble(), SealFormat.HEADER, SealFormat.HEADER + SealFormat.SALT);
    }

    byte[] preamble() {
        return HEX.parseHex(message.get(0));
    }

    String sha256() {
        return message.get(1);
    }

    /** The whole message, or nothing where it is too long to be kept. */
    byte[] whole() {
        return message.get(2).equals("-") ? new byte[0] : HEX.parseHex(message.get(2));
    }

    @Override
    public String toString() {
        return length + " bytes, " + context;
    }
}

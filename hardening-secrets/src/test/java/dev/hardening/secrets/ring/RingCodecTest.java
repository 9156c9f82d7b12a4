package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.ring.RingCodec.MalformedException;
import dev.hardening.secrets.ring.RingCodec.Sealed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingCodecTest {
    private static final RingEntry KEY = new RingEntry(
            "0123456789abcdef",
            KeyState.ACTIVE,
            Instant.parse("2026-11-22T10:00:00Z"),
            Instant.parse("2026-11-22T11:00:00.5Z"),
            "d3JhcHBlZA",
            "cHVibGlj");
    private static final Sealed RING =
            new Sealed(new RingDocument("signing", KeyKind.EC_P256, 3, "fedcba9876543210", List.of(KEY)), "bWFj");
    private static final String TEXT = "{\"format\":\"hardening-key-ring/1\",\"ring\":\"signing\",\"kind\":\"EC_P256\","
            + "\"version\":\"3\",\"kek\":\"fedcba9876543210\",\"keys\":[{\"id\":\"0123456789abcdef\","
            + "\"state\":\"ACTIVE\",\"created\":\"2026-11-22T10:00:00Z\",\"changed\":\"2026-11-22T11:00:00.500Z\","
            + "\"wrapped\":\"d3JhcHBlZA\",\"public\":\"cHVibGlj\"}],\"mac\":\"bWFj\"}";

    /** The format is a promise: this text must stay readable and this is what is written. */
    @Test
    void format_always_isTheDocumentedOne() throws MalformedException {
        assertEquals(TEXT, new String(RingCodec.write(RING), StandardCharsets.UTF_8));
        assertEquals(RING, RingCodec.read(TEXT.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            quoteCharacter = '~',
            value = {
                "hardening-key-ring/1 > hardening-key-ring/2",
                "\"mac\":\"bWFj\" > \"mac\":\"bWFj\",\"mac\":\"bWFj\"",
                "\"mac\":\"bWFj\" > \"mac\":\"bWFj\",\"canary\":\"x\"",
                ",\"mac\":\"bWFj\" > ~~",
                "\"version\":\"3\" > \"version\":3",
                "\"version\":\"3\" > \"version\":\"canary\"",
                "\"version\":\"3\" > \"version\":null",
                "EC_P256 > CANARY",
                "ACTIVE > CANARY",
                "\"state\":\"ACTIVE\", > ~~",
                "2026-11-22T10:00:00Z > canary",
                "{\"format\" > { \"format\"",
                "\"ring\":\"signing\",\"kind\":\"EC_P256\" > \"kind\":\"EC_P256\",\"ring\":\"signing\"",
                "2026-11-22T10:00:00Z > 2026-11-22t10:00:00z",
                "\"version\":\"3\" > \"version\":\"03\"",
                "signing > sign\\u0069ng",
                "[{ > [[{",
                "\"keys\":[ > \"keys\":{\"canary\":[",
                "}],\"mac\" > },5],\"mac\"",
                "\"keys\" > \"canarycanarycanary\"",
                "\"bWFj\"} > \"bWFj\"}{}",
                "\"bWFj\"} > \"bWFj\"",
                "{\"format\" > [\"format\""
            })
    void read_anythingElse_isMalformedAndNotQuoted(String from, String to) {
        byte[] bytes = TEXT.replace(from, to).getBytes(StandardCharsets.UTF_8);

        var malformed = assertThrows(MalformedException.class, () -> RingCodec.read(bytes));

        assertFalse(malformed.getMessage().contains("canary"), malformed.getMessage());
    }

    @Test
    void read_tooLargeOrTooManyKeys_isMalformed() {
        String key = TEXT.substring(TEXT.indexOf("{\"id\""), TEXT.indexOf("],\"mac"));
        String keys =
                Stream.generate(() -> key).limit(RingDocument.MOST_KEYS + 1).collect(Collectors.joining(","));
        byte[] many = TEXT.replace(key, keys).getBytes(StandardCharsets.UTF_8);
        byte[] longText = TEXT.replace("bWFj", "x".repeat(5000)).getBytes(StandardCharsets.UTF_8);

        assertThrows(MalformedException.class, () -> RingCodec.read(many));
        assertThrows(MalformedException.class, () -> RingCodec.read(longText));
        assertThrows(MalformedException.class, () -> RingCodec.read(new byte[RingCodec.LIMIT + 1]));
    }
}

package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventEncoderTest {
    private static final byte[] STAMP =
            "\"lt\":\"2026-11-22T10:00:01.000000Z\",\"mono\":17,".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern HARMFUL =
            Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\u061c]");

    private final EventEncoder encoder = new EventEncoder(
            "lms/test", "lms", FakeClock.create(), new SecureRandom(), new Redactor(Set.of(), List.of()));

    @Test
    @Tag("ASVS-16.2.1")
    @Tag("ASVS-16.2.2")
    void encode_everyField_standsWhereTheFormatSays() {
        AuditEvent event = AuditEvent.of(EventType.GRADE_CHANGED)
                .actor(Actor.user("u1"))
                .onBehalfOf(Actor.user("u2"))
                .source(Source.of("10.0.0.1").client("203.0.113.9").userAgent("curl/8"))
                .tenant("main")
                .action("PUT /grade")
                .target(Target.of("submission", "s1"))
                .outcome(Outcome.SUCCESS)
                .reason("regraded")
                .traceId("4bf92f3577b34da6a3ce929d0e0e4736")
                .requestId("r1")
                .detail("from", 71)
                .detail("to", "88")
                .build();

        String line = new String(line(event, 42), StandardCharsets.UTF_8);

        String id = String.valueOf(fields(event).get("id")).substring(0, 13);
        assertEquals(
                "{\"act\":\"PUT /grade\",\"actor\":{\"id\":\"u1\",\"kind\":\"USER\"},\"data\":{\"from\":71,\"to\":\"88\"},"
                        + "\"i\":42,\"id\":\"" + id + "...\",\"log\":\"lms/test\","
                        + "\"lt\":\"2026-11-22T10:00:01.000000Z\",\"mono\":17,"
                        + "\"obo\":{\"id\":\"u2\",\"kind\":\"USER\"},\"out\":\"SUCCESS\",\"sev\":\"WARN\","
                        + "\"src\":{\"client\":\"203.0.113.9\",\"ip\":\"10.0.0.1\",\"ua\":\"curl/8\"},"
                        + "\"svc\":\"lms\",\"t\":\"2026-11-22T10:00:00.000000Z\","
                        + "\"target\":{\"id\":\"s1\",\"type\":\"submission\"},\"tenant\":\"main\","
                        + "\"trace\":{\"id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"req\":\"r1\"},"
                        + "\"type\":\"lms.grade_changed\",\"v\":1,\"why\":\"regraded\"}",
                line.replaceAll("(\"id\":\"[0-9a-f]{8}-[0-9a-f]{4})-7[0-9a-f-]{21}\"", "$1...\""));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 9007199254740991L})
    void encode_anyIndex_isCanonical(long index) {
        AuditEvent bare = event().build();

        byte[] line = line(bare, index);

        assertArrayEquals(CanonicalJson.encode(StrictLine.parse(line).orElseThrow()), line);
        assertTrue(line.length + 1 <= encoder.encode(bare).length());
    }

    @Test
    void encode_id_isAUuidOfVersion7AtTheTimeOfTheClock() {
        UUID id = encoder.encode(event().build()).id();

        assertEquals(7, id.version());
        assertEquals(2, id.variant());
        assertEquals(FakeClock.create().instant().toEpochMilli(), id.getMostSignificantBits() >>> 16);
    }

    @Test
    void id_anyNoise_keepsVersionAndVariant() {
        SecureRandom ones = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                Arrays.fill(bytes, (byte) 0xff);
            }
        };

        assertEquals(
                "00000000-0001-7fff-bfff-ffffffffffff", new TimeUuid(ones).at(1).toString());
    }

    @Test
    @Tag("audit:R28")
    @Tag("ASVS-16.4.1")
    void encode_hostileTextEverywhere_leavesNothingThatATerminalObeys() {
        String hostile =
                "a\r\nb\u0000\u001b[2J\u007f\u0085\u009b\u200b\u200e\u202e\u2066\u2069\ufeff\u2028\u061c\ud800z";
        AuditEvent event = AuditEvent.of(EventType.HTTP_REQUEST)
                .actor(Actor.user(hostile))
                .onBehalfOf(Actor.user(hostile))
                .source(Source.of(hostile).client(hostile).userAgent(hostile))
                .tenant(hostile)
                .action(hostile)
                .target(Target.of(hostile, hostile))
                .outcome(Outcome.SUCCESS)
                .reason(hostile)
                .traceId(hostile)
                .requestId(hostile)
                .detail("path", hostile)
                .build();

        byte[] line = line(event, 0);

        String text = new String(line, StandardCharsets.UTF_8);
        assertFalse(HARMFUL.matcher(text).find(), text);
        assertTrue(text.contains("a\\r\\nb\\u0000\\u001b[2J<U+007F><U+0085><U+009B><U+200B><U+200E><U+202E>"), text);
        assertTrue(text.contains("\"$escaped\":[\"actor.id\","), text);
        assertTrue(text.contains("\"$lossy\":[\"actor.id\","), text);
    }

    @Test
    @Tag("audit:R28")
    void encode_randomText_isOneCanonicalLineWithoutHarm() {
        Random random = SeededRandom.of("hostile text");
        for (int i = 0; i < 500; i++) {
            String text = random.ints(60, 0, 0x3000)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .append((char) (0xd800 + random.nextInt(0x800)))
                    .toString();

            byte[] line = line(event().reason(text).detail("value", text).build(), i);

            assertFalse(
                    HARMFUL.matcher(new String(line, StandardCharsets.UTF_8)).find(), text);
            assertTrue(StrictLine.parse(line).isPresent(), text);
        }
    }

    @Test
    void encode_legitimateText_isKeptAsItIs() {
        String names = "Zoë Ångström 李雷 عربي 😀";

        assertEquals(names, fields(event().reason(names).build()).get("why"));
    }

    @ParameterizedTest
    @CsvSource({"4095, false", "4096, false", "4097, true"})
    void encode_longDetail_isCutAtTheLimitAndFlagged(int length, boolean cut) {
        Map<?, ?> data = data(event().detail("text", "x".repeat(length)).build());

        assertEquals(Math.min(length, 4096), data.get("text").toString().length());
        assertEquals(cut ? Map.of("data.text", (long) length) : null, data.get("$cut"));
    }

    @Test
    void encode_cutInsideASurrogatePair_dropsThePair() {
        Map<?, ?> data = data(event().detail("text", "x".repeat(4095) + "😀").build());

        assertEquals("x".repeat(4095), data.get("text"));
    }

    @Test
    @Tag("audit:R19")
    void encode_secretAcrossTheCut_isNotHalfStored() {
        Map<?, ?> data = data(event().detail("text", "x".repeat(4080) + " Bearer canary-canary-0123456789")
                .build());

        assertFalse(data.get("text").toString().contains("canary"));
        assertEquals(List.of("data.text"), data.get("$redacted"));
    }

    @Test
    void encode_tooManyDetails_keepsTheFirst64AndNamesTheRest() {
        AuditEvent.Builder event = event();
        IntStream.range(0, 70).forEach(i -> event.detail("k" + i, i));

        Map<?, ?> data = data(event.build());

        assertEquals(List.of("k64", "k65", "k66", "k67", "k68", "k69"), data.get("$dropped"));
        assertEquals(6L, data.get("$dropped_count"));
        assertEquals(66, data.size());
    }

    @Test
    void encode_farTooManyDetails_staysShort() {
        AuditEvent.Builder event = event();
        IntStream.range(0, 50_000).forEach(i -> event.detail("k" + i, i));

        byte[] line = line(event.build(), 0);

        assertTrue(line.length < 4096, () -> "length " + line.length);
    }

    @Test
    void encode_tooLongInAll_dropsTheLongestDetailsUntilItFits() {
        AuditEvent.Builder event = event().detail("small", "kept");
        IntStream.range(0, 63).forEach(i -> event.detail("k" + i, "\u20ac".repeat(4096)));

        byte[] line = line(event.build(), 0);

        assertTrue(line.length <= EventEncoder.MAX_RECORD, () -> "length " + line.length);
        Map<?, ?> data = (Map<?, ?>) StrictLine.parse(line).orElseThrow().get("data");
        assertEquals("kept", data.get("small"));
        assertTrue((Long) data.get("$dropped_count") > 50, data::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "9007199254740991, 9007199254740991, true",
        "9007199254740992, 9007199254740992, false",
        "-9223372036854775808, -9223372036854775808, false"
    })
    void encode_numbers_areTextBeyondWhatReadersKeep(long number, String stored, boolean asNumber) {
        Object value = data(event().detail("n", number).build()).get("n");

        assertEquals(stored, value.toString());
        assertEquals(asNumber, value instanceof Long);
    }

    @Test
    @Tag("audit:R19")
    void encode_cardNumberAsANumber_isTakenOut() {
        assertEquals(
                "[redacted:card]",
                data(event().detail("n", 4111111111111111L).build()).get("n"));
    }

    @Test
    @Tag("audit:R19")
    void encode_secretsEverywhere_noneIsInTheLine() {
        String secret = "Bearer canary-0123456789";
        AuditEvent event = AuditEvent.of(EventType.HTTP_REQUEST)
                .actor(Actor.user(secret))
                .source(Source.of(secret).client(secret).userAgent(secret))
                .tenant(secret)
                .action(secret)
                .target(Target.of(secret, secret))
                .outcome(Outcome.SUCCESS)
                .reason(secret)
                .traceId(secret)
                .requestId(secret)
                .detail("path", "/x?token=canary")
                .detail("password", "canary")
                .build();

        String line = new String(line(event, 0), StandardCharsets.UTF_8);

        assertFalse(line.contains("canary"), line);
        Map<?, ?> data = data(event);
        assertEquals(
                Set.of(
                        "actor.id",
                        "src.ip",
                        "src.client",
                        "src.ua",
                        "tenant",
                        "act",
                        "target.type",
                        "target.id",
                        "why",
                        "trace.id",
                        "trace.req",
                        "data.path",
                        "data.password"),
                ((List<?>) data.get("$redacted")).stream().map(String::valueOf).collect(Collectors.toSet()));
    }

    private byte[] line(AuditEvent event, long index) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 17);
        encoder.encode(event).write(buffer, index, STAMP);
        assertEquals('\n', buffer.get(buffer.position() - 1));
        return Arrays.copyOf(buffer.array(), buffer.position() - 1);
    }

    private Map<String, Object> fields(AuditEvent event) {
        return StrictLine.parse(line(event, 0)).orElseThrow();
    }

    private Map<?, ?> data(AuditEvent event) {
        return (Map<?, ?>) fields(event).get("data");
    }

    private static AuditEvent.Builder event() {
        return AuditEvent.of(EventType.HTTP_REQUEST).actor(Actor.anonymous()).outcome(Outcome.SUCCESS);
    }
}

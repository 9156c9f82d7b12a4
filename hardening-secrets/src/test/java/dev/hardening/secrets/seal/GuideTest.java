package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The blocks of docs/secrets/sealing.md are the regions of this file, so they compile and run. */
class GuideTest {
    private static final Logger log = LoggerFactory.getLogger(GuideTest.class);
    private static final Pattern BLOCK = Pattern.compile("```\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION = Pattern.compile("// region\\n(.*?)// endregion", Pattern.DOTALL);

    private final Secret encryptionKey = Secret.of("e".repeat(64));
    private final Secret sessionSecret = Secret.of("s".repeat(64));
    private final String tenant = "north";

    @TempDir
    Path home;

    @Test
    void bytesAndFields_always_run() {
        byte[] report = {1, 2, 3};
        String reportId = "7";
        String accountId = "42";

        // region
        KeyRing ring = KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(new FileRingStore(home))
                .keyEncryptionKey(encryptionKey)
                .build();
        Sealer sealer = Sealer.of(ring);
        byte[] sealed = sealer.seal(report, SealContext.of("report", tenant, reportId));
        byte[] opened = sealer.open(sealed, SealContext.of("report", tenant, reportId))
                .value()
                .orElseThrow();
        // endregion

        // region
        FieldCipher email = sealer.field("accounts", "email").within(tenant);
        BlindIndex emails = BlindIndex.of(sessionSecret, "accounts", "email");
        String text = email.seal(accountId, "alice@example.org");
        String index = emails.index(tenant, "alice@example.org");
        List<String> lookFor = emails.indexes(tenant, "alice@example.org");
        String found = email.open(accountId, text).value().orElseThrow();
        // endregion

        assertArrayEquals(report, opened);
        assertEquals("alice@example.org", found);
        assertEquals(List.of(index), lookFor);
    }

    @Test
    void streams_always_run() throws IOException {
        Sealer sealer = Sealer.of(SealRing.make());
        Path dump = Files.write(home.resolve("dump"), Vector.plain(100_000));
        Path backup = home.resolve("backup");
        Path copy = home.resolve("copy");
        ByteBuffer buffer = ByteBuffer.allocate(10);

        // region
        SealContext place = SealContext.of("backup", "2026-11-22");
        try (OutputStream out = sealer.sealing(Files.newOutputStream(backup), place)) {
            Files.copy(dump, out);
        }
        try (SeekableByteChannel part = sealer.opening(Files.newByteChannel(backup), place)) {
            part.position(part.size() / 2).read(buffer);
        }
        sealer.files().onProgress(done -> {}).seal(dump, copy, place);
        // endregion

        assertEquals(Files.size(backup), Files.size(copy));
        assertEquals(Vector.plain(100_000)[50_000], buffer.get(0));
    }

    @Test
    void resealing_always_runs() {
        FakeClock clock = FakeClock.create();
        KeyRing ring = KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .clock(clock)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
        Sealer sealer = Sealer.of(ring);
        BlindIndex emails = BlindIndex.of(sessionSecret, "accounts", "email");
        InMemoryColumn column = new InMemoryColumn();
        SealedColumn.Position position = new SealedColumn.Position(tenant, "42");
        String text = sealer.field("accounts", "email").within(tenant).seal("42", "a@example.org");
        column.write(new SealedColumn.Cell(position, text, ""));
        String oldKey = SealRing.rotate(ring);
        clock.advance(Duration.ofMinutes(2));

        // region
        Resealing.Report report = Resealing.of(sealer.field("accounts", "email"), column)
                .index(emails, value -> value.toLowerCase(Locale.ROOT))
                .onProgress(progress -> log.info("{}", progress))
                .run();
        if (report.complete()) {
            ring.disable(oldKey);
        }
        // endregion

        assertNotEquals(text, column.cells().get(0).text());
        assertTrue(ring.find(oldKey).isEmpty());
    }

    @Test
    void guide_blocks_areTheRegionsAbove() throws IOException {
        List<String> blocks = found(BLOCK, Path.of("..", "docs", "secrets", "sealing.md"));
        List<String> regions =
                found(REGION, Path.of("src", "test", "java", "dev", "hardening", "secrets", "seal", "GuideTest.java"));

        assertEquals(4, blocks.size());
        blocks.forEach(block -> assertTrue(regions.contains(block), block));
    }

    private static List<String> found(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map(match -> match.group(1)
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .collect(Collectors.joining("\n")))
                .toList();
    }
}

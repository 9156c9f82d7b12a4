package dev.hardening.examples.lms.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxMailerTest {
    private static final Mail MAIL = new Mail("a@example.org", "Hello", "text");

    private final FakeClock clock = FakeClock.at(Instant.parse("2026-11-22T10:00:00.007Z"));

    @TempDir
    private Path folder;

    @Test
    void mails_ofOneInstant_areFilesInOrder() throws IOException {
        OutboxMailer mailer = OutboxMailer.open(folder, "lms@example.org", clock);

        mailer.send(MAIL);
        mailer.send(MAIL);

        assertEquals(List.of("20261122T100000.007-000001.eml", "20261122T100000.007-000002.eml"), names());
    }

    @Test
    void mail_afterARestartInTheSameInstant_doesNotReplaceTheFirst() throws IOException {
        OutboxMailer.open(folder, "lms@example.org", clock).send(MAIL);
        OutboxMailer.open(folder, "lms@example.org", clock).send(MAIL);

        assertEquals(2, names().size());
    }

    @Test
    void mail_onDisk_isForTheOwnerAlone() throws IOException {
        OutboxMailer.open(folder, "lms@example.org", clock).send(MAIL);

        Path file = folder.resolve(names().get(0));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertTrue(Files.readString(file).contains("Message-ID: <20261122T100000.007-000001@example.org>"));
    }

    @Test
    void mails_overAWeekOld_goAtTheNextStart() throws IOException {
        OutboxMailer.open(folder, "lms@example.org", clock).send(MAIL);

        OutboxMailer.open(folder, "lms@example.org", clock.advance(Duration.ofDays(7)));
        assertEquals(1, names().size());

        OutboxMailer.open(folder, "lms@example.org", clock.advance(Duration.ofMillis(1)));
        assertEquals(0, names().size());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName).map(Path::toString).sorted().toList();
        }
    }
}

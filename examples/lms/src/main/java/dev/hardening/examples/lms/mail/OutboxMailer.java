package dev.hardening.examples.lms.mail;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes each mail as a file, for development and tests: nothing leaves the machine.
 *
 * <p>A file is called {@code <UTC time>-<sequence>.eml}, so names sort by time; it is there as a whole or not at all.
 * Mails hold tokens, so files are 0600, and those older than a week go when the service starts.
 */
public final class OutboxMailer implements Mailer {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Duration KEPT = Duration.ofDays(7);

    private final Path folder;
    private final String from;
    private final Clock clock;
    private final AtomicLong sequence = new AtomicLong();

    private OutboxMailer(Path folder, String from, Clock clock) {
        this.folder = folder;
        this.from = from;
        this.clock = clock;
    }

    /**
     * Uses a folder, and deletes old mails in it.
     *
     * @param folder exists
     * @param from the address that mails come from
     * @param clock names and dates the mails
     */
    public static OutboxMailer open(Path folder, String from, Clock clock) {
        String oldest = TIME.format(clock.instant().minus(KEPT));
        try (DirectoryStream<Path> mails = Files.newDirectoryStream(folder, "*.eml")) {
            for (Path mail : mails) {
                if (mail.getFileName().toString().compareTo(oldest) < 0) {
                    Files.delete(mail);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new OutboxMailer(folder, from, clock);
    }

    @Override
    public void send(Mail mail) {
        Instant now = clock.instant();
        Path file = next(now);
        String name = file.getFileName().toString();
        String domain = from.substring(from.lastIndexOf('@') + 1).replace(">", "");
        try {
            PrivateFiles.write(file, MimeText.render(mail, from, name.replace(".eml", "") + "@" + domain, now));
        } catch (UncheckedIOException failure) {
            throw new MailUnavailableException("the outbox cannot be written", failure);
        }
    }

    /** Nothing is pending: each mail was written when it was sent. */
    @Override
    public void close() {}

    /** The sequence starts anew with the process, so a clock that was set back could meet an old name. */
    private Path next(Instant now) {
        Path file;
        do {
            file = folder.resolve(
                    String.format(Locale.ROOT, "%s-%06d.eml", TIME.format(now), sequence.incrementAndGet()));
        } while (Files.exists(file));
        return file;
    }
}

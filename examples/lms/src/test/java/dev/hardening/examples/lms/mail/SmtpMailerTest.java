package dev.hardening.examples.lms.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class SmtpMailerTest {
    private static final Mail MAIL =
            new Mail("reader@example.org", "Grüße", "https://lms.example.org/verify#token=abc");
    private static final Duration BOUND = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    @Test
    void mail_toAServerWithStartTls_arrivesAndNothingOfItIsReadable() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (FakeSmtpServer server = new FakeSmtpServer(identity.context(), true)) {
            try (SmtpMailer mailer = mailer(server, identity)) {
                mailer.send(MAIL);
            }

            assertTrue(server.secret().contains("https://lms.example.org/verify#token=abc"), server::toString);
            assertTrue(has(server.secret(), "AUTH"));
            assertFalse(has(server.plain(), "AUTH") || has(server.plain(), "MAIL"), server.plain()::toString);
        }
    }

    @Test
    void serverWithoutStartTls_getsNeitherPasswordNorMail() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (FakeSmtpServer server = new FakeSmtpServer(identity.context(), false)) {
            try (SmtpMailer mailer = mailer(server, identity)) {
                mailer.send(MAIL);
                Eventually.until(BOUND, "the server was asked", () -> has(server.plain(), "EHLO"));
            }

            assertFalse(has(server.plain(), "AUTH") || has(server.plain(), "MAIL"), server.plain()::toString);
        }
    }

    @Test
    void certificate_ofAnotherHost_getsNeitherPasswordNorMail() throws Exception {
        TestIdentity other = TestIdentity.of(folder, "elsewhere.example.org", "EC");
        try (FakeSmtpServer server = new FakeSmtpServer(other.context(), true)) {
            try (SmtpMailer mailer = mailer(server, other)) {
                mailer.send(MAIL);
                Eventually.until(BOUND, "the server was asked", () -> has(server.plain(), "STARTTLS"));
            }

            assertEquals(List.of(), server.secret());
        }
    }

    @Test
    void send_afterClose_isRefused() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        try (FakeSmtpServer server = new FakeSmtpServer(identity.context(), true)) {
            SmtpMailer mailer = mailer(server, identity);
            mailer.close();

            assertThrows(MailUnavailableException.class, () -> mailer.send(MAIL));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:hunter2@mail", "smtp:hunter2", "smtp://user:hunter2 @mail"})
    void address_thatIsNone_isRefusedWithoutItsPassword(String address) {
        var refused = assertThrows(
                IllegalArgumentException.class,
                () -> SmtpMailer.open(Secret.of(address), "lms@example.org", FakeClock.create()));

        assertFalse(String.valueOf(refused.getMessage()).contains("hunter2"));
        assertEquals(null, refused.getCause());
    }

    private static SmtpMailer mailer(FakeSmtpServer server, TestIdentity trusted) throws Exception {
        Secret address = Secret.of("smtp://user:p%40ss@localhost:" + server.port());
        return SmtpMailer.open(
                address,
                "lms@example.org",
                FakeClock.create(),
                trusted.context().getSocketFactory());
    }

    private static boolean has(List<String> lines, String verb) {
        return lines.stream().anyMatch(line -> line.startsWith(verb));
    }
}

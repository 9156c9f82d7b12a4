package dev.hardening.examples.lms.service;

import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.examples.lms.mail.Mail;
import dev.hardening.examples.lms.mail.Mailer;
import java.net.URI;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Tells people by mail what happened to their address.
 *
 * <p>Links begin with the configured public address, never with what a request says, and carry the token in the fragment,
 * which no server, proxy or Referer sees.
 */
public final class MailNotices implements AuthNotifier {
    private final Mailer mailer;
    private final Supplier<URI> publicUrl;

    /**
     * Makes the notifier.
     *
     * @param mailer takes the mails over
     * @param publicUrl gives the base of links, without a slash at the end
     */
    public MailNotices(Mailer mailer, Supplier<URI> publicUrl) {
        this.mailer = Objects.requireNonNull(mailer, "mailer");
        this.publicUrl = Objects.requireNonNull(publicUrl, "publicUrl");
    }

    @Override
    public void send(Notice notice) {
        String to = notice.to().asTyped();
        if (notice instanceof Notice.VerifyEmail verify) {
            mailer.send(new Mail(to, "Confirm your address", confirmation(verify)));
        } else {
            mailer.send(new Mail(to, "You already have an account", known()));
        }
    }

    private String confirmation(Notice.VerifyEmail verify) {
        return String.format(
                Locale.ROOT,
                """
                Somebody, hopefully you, registered this address with the LMS.

                Open this link and enter the password you chose to confirm it:

                %s/verify#token=%s

                The link is good until %s (UTC), for one use. If it was not you, do nothing:
                without this link and that password there is no account.
                """,
                publicUrl.get(),
                verify.token().reveal(),
                verify.expiresAt().truncatedTo(ChronoUnit.MINUTES));
    }

    private String known() {
        return String.format(Locale.ROOT, """
                Somebody tried to register this address with the LMS, where it has an account already.

                If it was you, log in at %s. If it was not, nothing has changed and you need do nothing.
                """, publicUrl.get());
    }
}

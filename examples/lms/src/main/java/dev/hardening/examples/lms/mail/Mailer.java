package dev.hardening.examples.lms.mail;

/** Takes mails over; safe for many threads. */
public interface Mailer extends AutoCloseable {
    /**
     * Takes a mail over; returning does not mean that it was delivered.
     *
     * @throws MailUnavailableException if it cannot even be taken over
     */
    void send(Mail mail);

    /** Delivers what was taken over, within a bound. */
    @Override
    void close();
}

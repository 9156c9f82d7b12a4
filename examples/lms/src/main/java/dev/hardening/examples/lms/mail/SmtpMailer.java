package dev.hardening.examples.lms.mail;

import dev.hardening.secrets.Secret;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands mails to an SMTP server, in the background and over TLS only.
 *
 * <p>{@code smtp://} insists on STARTTLS, {@code smtps://} speaks TLS from the first byte; either way the certificate
 * must be trusted and carry the host's name, and neither password nor mail goes out before that. {@link #send} puts the
 * mail into a queue of 1,000, so that how long an answer takes tells nobody whether a mail was sent; a full queue
 * refuses. Each mail is tried three times, 5 s and 30 s apart. What a killed process had in its queue is lost: every mail of the service
 * can be asked for again. One thread, {@code lms-mail}.
 */
public final class SmtpMailer implements Mailer {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpMailer.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final int QUEUE = 1_000;
    private static final List<Duration> RETRIES = List.of(Duration.ofSeconds(5), Duration.ofSeconds(30));

    private final Session session;
    private final String from;
    private final Clock clock;
    private final Semaphore places = new Semaphore(QUEUE);
    private final ScheduledExecutorService thread;

    /**
     * Who logs in at the server.
     *
     * @param user decoded
     * @param password decoded; empty where the address holds none
     */
    public record Login(String user, Optional<Secret> password) {
        private static Login of(String userInfo) {
            String[] parts = userInfo.split(":", 2);
            return new Login(
                    decoded(parts[0]),
                    Optional.of(parts)
                            .filter(both -> both.length == 2 && !both[1].isEmpty())
                            .map(both -> Secret.of(decoded(both[1]))));
        }

        private static String decoded(String text) {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        }
    }

    private SmtpMailer(Session session, String from, Clock clock) {
        this.session = session;
        this.from = from;
        this.clock = clock;
        ScheduledThreadPoolExecutor single = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "lms-mail"));
        single.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.thread = single;
    }

    /**
     * Takes a server; connects when the first mail is sent.
     *
     * @param address {@code smtp://user:password@host:port} or {@code smtps://...}
     * @param from the address that mails come from
     * @param clock dates the mails
     * @throws IllegalArgumentException if the address is not such a one; the message tells nothing of it
     */
    public static SmtpMailer open(Secret address, String from, Clock clock) {
        return open(address, from, clock, (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /** Whether {@link #open} takes an address. */
    public static boolean accepts(String address) {
        return parse(address).isPresent();
    }

    /**
     * Who logs in at a server.
     *
     * @param address as for {@link #open}
     * @return empty where the address names nobody, or is none
     */
    public static Optional<Login> login(String address) {
        return parse(address).map(URI::getRawUserInfo).map(Login::of);
    }

    private static Optional<URI> parse(String address) {
        try {
            URI uri = new URI(address);
            String path = uri.getPath() == null ? "" : uri.getPath();
            boolean whole = uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null;
            boolean mail = "smtp".equals(uri.getScheme()) || "smtps".equals(uri.getScheme());
            return Optional.of(uri).filter(url -> whole && mail && (path.isEmpty() || path.equals("/")));
        } catch (URISyntaxException hidden) {
            // Its message holds the password.
            return Optional.empty();
        }
    }

    static SmtpMailer open(Secret address, String from, Clock clock, SSLSocketFactory trust) {
        URI uri = parse(address.reveal())
                .orElseThrow(
                        () -> new IllegalArgumentException("LMS_SMTP_URL must read smtp://user:password@host:port"));
        boolean direct = "smtps".equals(uri.getScheme());
        Properties properties = properties(uri, direct);
        properties.put("mail.smtp.ssl.socketFactory", trust);
        return new SmtpMailer(session(properties, uri.getRawUserInfo()), from, clock);
    }

    @Override
    public void send(Mail mail) {
        if (!places.tryAcquire()) {
            throw new MailUnavailableException("the queue of mails is full");
        }
        try {
            thread.execute(() -> deliver(mail, 0));
        } catch (RejectedExecutionException closed) {
            throw new MailUnavailableException("the service is stopping", closed);
        }
    }

    /** Delivers what is queued, for at most 5 s; what waits for another attempt is given up. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        int unsent = QUEUE - places.availablePermits();
        if (unsent > 0) {
            LOG.warn("mails left unsent: {}", unsent);
        }
    }

    private void deliver(Mail mail, int retries) {
        try {
            Transport.send(message(mail));
            places.release();
        } catch (MessagingException | RuntimeException failure) {
            // The server's answer may quote the address, so the kind of failure alone is logged.
            LOG.warn("a mail could not be sent: {}", failure.getClass().getSimpleName());
            retry(mail, retries);
        }
    }

    private void retry(Mail mail, int retries) {
        if (retries == RETRIES.size()) {
            LOG.error("a mail was given up");
            places.release();
            return;
        }
        try {
            // Nobody waits for it: the next attempt reports for itself.
            var unused = thread.schedule(
                    () -> deliver(mail, retries + 1), RETRIES.get(retries).toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.warn("a mail was given up because the service is stopping");
        }
    }

    private MimeMessage message(Mail mail) throws MessagingException {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(from));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to()));
        message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(clock.instant()));
        message.setHeader("Auto-Submitted", "auto-generated");
        return message;
    }

    private static Properties properties(URI uri, boolean direct) {
        String timeout = Long.toString(TIMEOUT.toMillis());
        int port = uri.getPort() > 0 ? uri.getPort() : direct ? 465 : 587;
        Properties properties = new Properties();
        properties.put("mail.transport.protocol.rfc822", "smtp");
        properties.put("mail.smtp.host", uri.getHost());
        properties.put("mail.smtp.port", Integer.toString(port));
        properties.put("mail.smtp.auth", Boolean.toString(uri.getRawUserInfo() != null));
        properties.put("mail.smtp.ssl.enable", Boolean.toString(direct));
        properties.put("mail.smtp.starttls.enable", Boolean.toString(!direct));
        properties.put("mail.smtp.starttls.required", Boolean.toString(!direct));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.ssl.protocols", "TLSv1.3 TLSv1.2");
        properties.put("mail.smtp.connectiontimeout", timeout);
        properties.put("mail.smtp.timeout", timeout);
        properties.put("mail.smtp.writetimeout", timeout);
        properties.put("mail.smtp.allow8bitmime", "true");
        return properties;
    }

    private static Session session(Properties properties, @Nullable String userInfo) {
        if (userInfo == null) {
            return Session.getInstance(properties);
        }
        Login login = Login.of(userInfo);
        return Session.getInstance(properties, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(
                        login.user(), login.password().map(Secret::reveal).orElse(""));
            }
        });
    }
}

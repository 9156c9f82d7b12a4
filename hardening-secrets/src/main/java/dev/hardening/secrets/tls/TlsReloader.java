package dev.hardening.secrets.tls;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@code SSLContext} that follows its certificate files as they are renewed.
 *
 * <p>The files are read again at an interval and compared by hash; no file event is waited for, since the link switch of
 * a mounted secret raises none that can be relied on. A new key and chain are served from the next handshake on, if
 * they fit together and are valid now; running connections go on as they are. Files that cannot be used, as in the
 * middle of a renewal, change nothing and are named in {@link #status}.
 *
 * <p>One thread of its own, {@code hardening-tls}, unless a scheduler is given; {@link #close} ends the watching and
 * the context goes on serving what it has. A reading that hangs, as on a mount that is gone, holds up later readings and
 * not {@code close}; {@link TlsStatus#nextRead} tells that it is overdue. Safe for many threads.
 */
public final class TlsReloader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsReloader.class);

    private final Material material;
    private final @Nullable Path trust;
    private final FileSet files;
    private final TlsListener listener;
    private final Clock clock;
    private final ReentrantLock reading = new ReentrantLock();
    private final FollowingKeys keys;
    private final @Nullable FollowingTrust authorities;
    private final SSLContext context;
    private final Duration pollInterval;
    private @Nullable Polling polling;
    private String served;
    private volatile boolean closed;
    private volatile TlsStatus status;

    private TlsReloader(Builder builder, Material material) throws UnusableException, IOException {
        this.material = material;
        trust = builder.trust;
        listener = builder.listener;
        clock = builder.clock;
        pollInterval = builder.pollInterval;
        files = new FileSet(watched(material, trust));
        FileSet.Content content = files.read();
        Instant now = clock.instant();
        Identity identity = material.identity(content.bytes(), now);
        keys = new FollowingKeys(identity.keyManager());
        authorities = trust == null ? null : new FollowingTrust(trusted(content, trust));
        served = content.digest();
        status = status(identity, now);
        context = Contexts.of(keys, authorities);
    }

    /**
     * Starts a reloader; {@code pem} or {@code pkcs12} is mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives the context, for a server or a client; it stays the same when the certificate changes.
     *
     * @return always the same context
     */
    public SSLContext context() {
        return context;
    }

    /**
     * Tells what is served and what is wrong; reads no file.
     *
     * @return as of the last reading
     */
    public TlsStatus status() {
        return status;
    }

    /**
     * Reads the files now; what cannot be used changes nothing. After {@link #close} nothing is read.
     *
     * @return as of this reading
     */
    public TlsStatus reload() {
        TlsStatus before;
        TlsStatus after;
        reading.lock();
        try {
            before = status;
            after = closed ? before : read(before);
            status = after;
        } finally {
            reading.unlock();
            if (closed) {
                material.close();
            }
        }
        tell(before, after);
        return after;
    }

    /**
     * Ends the watching; the context goes on serving what it has. Does not wait for a reading under way. Closing again
     * does nothing.
     */
    @Override
    public void close() {
        closed = true;
        if (polling != null) {
            polling.end();
        }
        // Whoever reads now needs the password; it is wiped after that.
        if (reading.tryLock()) {
            try {
                material.close();
            } finally {
                reading.unlock();
            }
        }
    }

    private TlsStatus read(TlsStatus before) {
        Instant now = clock.instant();
        Instant next = now.plus(pollInterval);
        try {
            FileSet.Content content = files.read();
            if (content.digest().equals(served)) {
                return before.sound(warnings(), next);
            }
            Identity identity = material.identity(content.bytes(), now);
            List<X509Certificate> trusted = trust == null ? List.of() : trusted(content, trust);
            keys.use(identity.keyManager());
            if (authorities != null) {
                authorities.use(trusted);
            }
            served = content.digest();
            Contexts.forgetSessions(context);
            return status(identity, now);
        } catch (UnusableException unusable) {
            return before.failing(unusable.fault(), now, next);
        } catch (IOException failure) {
            return closed ? before : before.failing("cannot be read: " + failure.getMessage(), now, next);
        } catch (RuntimeException failure) {
            LOG.error("the TLS files cannot be served: {}", failure.getClass().getName());
            return before.failing("cannot be served by this Java runtime", now, next);
        }
    }

    private void tell(TlsStatus before, TlsStatus after) {
        if (!after.loaded().equals(before.loaded()) || !after.fingerprint().equals(before.fingerprint())) {
            LOG.info("serving certificate {} until {}", after.fingerprint(), after.notAfter());
            isolated(heard -> heard.onRenewed(after));
        }
        Optional<String> reason = after.failure().map(TlsStatus.Failure::reason);
        if (reason.isPresent() && !reason.equals(before.failure().map(TlsStatus.Failure::reason))) {
            LOG.warn("the TLS files cannot be used; serving the certificate of before: {}", reason.get());
            isolated(heard -> heard.onFailed(after));
        }
    }

    private void isolated(Consumer<TlsListener> call) {
        try {
            call.accept(listener);
        } catch (Throwable failure) {
            LOG.warn("a TLS listener failed", failure);
        }
    }

    /** The task of the poll; anything thrown, an error too, would end it for good and unheard. */
    private void poll() {
        try {
            reload();
        } catch (Throwable failure) {
            LOG.error("the TLS files cannot be looked at", failure);
        }
    }

    private static List<Path> watched(Material material, @Nullable Path trust) {
        List<Path> files = new ArrayList<>(material.files());
        if (trust != null) {
            files.add(trust);
        }
        return files;
    }

    private static List<X509Certificate> trusted(FileSet.Content content, Path trust) throws UnusableException {
        return Pem.certificates(
                trust.toString(), content.bytes().get(content.bytes().size() - 1));
    }

    private TlsStatus status(Identity identity, Instant now) {
        return new TlsStatus(
                identity.fingerprint(),
                identity.leaf().getNotBefore().toInstant(),
                identity.notAfter(),
                now,
                Optional.empty(),
                warnings(),
                now.plus(pollInterval));
    }

    private List<String> warnings() {
        return FileSet.exposed(material.keyFile())
                .map(file -> List.of(file + " may be read by everybody"))
                .orElseGet(List::of);
    }

    /** Collects what a reloader needs; not safe for many threads. */
    public static final class Builder {
        private @Nullable Path chain;
        private @Nullable Path key;
        private @Nullable Path store;
        private @Nullable Secret password;
        private @Nullable Path trust;
        private Duration pollInterval = Duration.ofMinutes(1);
        private @Nullable ScheduledExecutorService scheduler;
        private TlsListener listener = TlsListener.none();
        private Clock clock = Clock.systemUTC();

        private Builder() {}

        /**
         * Serves two PEM files; or one, given twice.
         *
         * @param chainFile the service's own certificate first, then those that signed it
         * @param keyFile PKCS #8, not encrypted; EC, RSA or Ed25519
         * @return this builder
         */
        public Builder pem(Path chainFile, Path keyFile) {
            chain = Objects.requireNonNull(chainFile, "chainFile");
            key = Objects.requireNonNull(keyFile, "keyFile");
            return this;
        }

        /**
         * Serves a PKCS #12 file.
         *
         * @param storeFile with exactly one key
         * @param storePassword copied; may be closed after {@link #build}
         * @return this builder
         */
        public Builder pkcs12(Path storeFile, Secret storePassword) {
            store = Objects.requireNonNull(storeFile, "storeFile");
            password = Objects.requireNonNull(storePassword, "storePassword");
            return this;
        }

        /**
         * Trusts the authorities of a file, for certificates of clients or of servers called; it is followed too.
         * Without it those of the Java runtime are trusted.
         *
         * @param bundle PEM certificates, nothing else is trusted
         * @return this builder
         */
        public Builder trust(Path bundle) {
            trust = Objects.requireNonNull(bundle, "bundle");
            return this;
        }

        /**
         * Says how often the files are read; every minute if not called.
         *
         * @param interval 1 s to 1 h
         * @return this builder
         */
        public Builder pollInterval(Duration interval) {
            pollInterval = Objects.requireNonNull(interval, "interval");
            return this;
        }

        /**
         * Gives a scheduler for the reading; a thread of its own if not called.
         *
         * @param executor the caller's to end
         * @return this builder
         */
        public Builder scheduler(ScheduledExecutorService executor) {
            scheduler = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Gives one who hears of renewals and failures; nobody if not called.
         *
         * @param events the listener
         * @return this builder
         */
        public Builder listener(TlsListener events) {
            listener = Objects.requireNonNull(events, "events");
            return this;
        }

        /**
         * Gives the clock against which certificates are valid; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Reads the files and watches them from then on.
         *
         * @return the reloader, the caller's to close
         * @throws SecretsConfigurationException with every fault of what was given, or if the files cannot be served;
         *     the message holds nothing of their content
         */
        public TlsReloader build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            Material material = material();
            boolean opened = false;
            try {
                TlsReloader reloader = new TlsReloader(this, material);
                reloader.polling = Polling.start(reloader::poll, pollInterval, scheduler);
                opened = true;
                reloader.status().warnings().forEach(warning -> LOG.warn("TLS: {}", warning));
                return reloader;
            } catch (RejectedExecutionException refused) {
                throw new SecretsConfigurationException(List.of("scheduler takes no task; it was shut down"));
            } catch (UnusableException unusable) {
                throw new SecretsConfigurationException(List.of(unusable.fault()));
            } catch (IOException failure) {
                throw new SecretsConfigurationException(List.of("the TLS files cannot be read: " + failure));
            } finally {
                if (!opened) {
                    material.close();
                }
            }
        }

        private Material material() {
            return store == null
                    ? new PemMaterial(Objects.requireNonNull(chain), Objects.requireNonNull(key))
                    : new StoreMaterial(store, Objects.requireNonNull(password).use(bytes -> Secret.of(bytes.clone())));
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            if ((chain == null) == (store == null)) {
                faults.add("exactly one of pem and pkcs12 must be given");
            }
            if (pollInterval.compareTo(Duration.ofSeconds(1)) < 0 || pollInterval.compareTo(Duration.ofHours(1)) > 0) {
                faults.add("pollInterval must be 1 s to 1 h, got " + pollInterval);
            }
            return faults;
        }
    }
}

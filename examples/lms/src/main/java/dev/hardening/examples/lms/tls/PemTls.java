package dev.hardening.examples.lms.tls;

import dev.hardening.examples.lms.StartRefusedException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@code SSLContext} over two PEM files that picks up renewed files without a restart.
 *
 * <p>Once a minute the files are read; a new pair serves new connections from then on, running ones go on as they are.
 * A pair that does not fit together, as in the middle of a renewal, is logged and the old one stays. One thread,
 * {@code lms-tls}, ended by {@link #close}.
 */
public final class PemTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PemTls.class);
    private static final Duration POLL = Duration.ofMinutes(1);

    private final Path certificates;
    private final Path key;
    private final Current current;
    private final ScheduledExecutorService poller;
    private volatile X509Certificate served;

    private PemTls(Path certificates, Path key) {
        this.certificates = certificates;
        this.key = key;
        PemIdentity identity = PemIdentity.read(certificates, key);
        served = identity.certificate();
        current = new Current(identity.keyManager());
        poller = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "lms-tls");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Reads the files and watches them from then on.
     *
     * @param certificates the chain, the service's own certificate first
     * @param key PKCS #8, not encrypted
     * @throws StartRefusedException if they cannot be used
     */
    public static PemTls open(Path certificates, Path key) {
        PemTls tls = new PemTls(certificates, key);
        // The poll runs until close, and reload throws nothing that its future could hold.
        var unused =
                tls.poller.scheduleWithFixedDelay(tls::reload, POLL.toMillis(), POLL.toMillis(), TimeUnit.MILLISECONDS);
        return tls;
    }

    /** The context for a server; it stays the same when the certificate changes. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {current}, null, null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("every Java runtime has TLS", failure);
        }
    }

    /** Reads the files now; what cannot be used changes nothing. */
    void reload() {
        try {
            PemIdentity identity = PemIdentity.read(certificates, key);
            if (!identity.certificate().equals(served)) {
                current.use(identity.keyManager());
                served = identity.certificate();
                LOG.info(
                        "serving a renewed certificate, valid until {}",
                        served.getNotAfter().toInstant());
            }
        } catch (StartRefusedException unusable) {
            LOG.warn(
                    "the TLS files changed, but cannot be used yet; serving the old certificate: {}",
                    unusable.getMessage());
        } catch (RuntimeException failure) {
            // An exception would end the poll for good.
            LOG.error("the TLS files cannot be looked at", failure);
        }
    }

    /** Ends the watching; the context goes on serving what it has. */
    @Override
    public void close() {
        poller.shutdownNow();
    }

    /** Hands every question to the key manager of the day. */
    private static final class Current extends X509ExtendedKeyManager {
        private volatile X509ExtendedKeyManager now;

        Current(X509ExtendedKeyManager first) {
            now = first;
        }

        void use(X509ExtendedKeyManager next) {
            now = next;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return now.getClientAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return now.chooseClientAlias(keyType, issuers, socket);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return now.getServerAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return now.chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return now.chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return now.getCertificateChain(alias);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return now.getPrivateKey(alias);
        }
    }
}

package dev.hardening.secrets.tls;

import java.security.GeneralSecurityException;
import java.util.Collections;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Makes a context and ends what it remembers.
 *
 * <p>A resumed session shows no certificate and checks none, so it outlives a renewal or a withdrawn authority. Sessions
 * that are kept here, as client or as server, are forgotten; those that a server handed out as tickets are out of reach
 * and are given a short life instead.
 */
final class Contexts {
    private static final int SESSION_SECONDS = 3600;

    private Contexts() {}

    static SSLContext of(KeyManager keys, @Nullable TrustManager authorities) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, authorities == null ? null : new TrustManager[] {authorities}, null);
            context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("every Java runtime has TLS", failure);
        }
    }

    static void forgetSessions(SSLContext context) {
        forget(context.getServerSessionContext());
        forget(context.getClientSessionContext());
    }

    private static void forget(SSLSessionContext sessions) {
        for (byte[] id : Collections.list(sessions.getIds())) {
            SSLSession session = sessions.getSession(id);
            if (session != null) {
                session.invalidate();
            }
        }
    }
}

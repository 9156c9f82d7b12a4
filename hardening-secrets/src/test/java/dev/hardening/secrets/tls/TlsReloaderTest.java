package dev.hardening.secrets.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.certificate.DevelopmentAuthority;
import dev.hardening.secrets.certificate.IssuedCertificate;
import dev.hardening.secrets.certificate.LeafKey;
import dev.hardening.secrets.tls.EchoServer.Connection;
import dev.hardening.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsReloaderTest {
    @TempDir
    private Path folder;

    private DevelopmentAuthority authority;
    private Path chain;
    private Path key;

    @BeforeEach
    void authority() {
        authority = authority("one");
        chain = folder.resolve("tls.crt");
        key = folder.resolve("tls.key");
    }

    private DevelopmentAuthority authority(String name) {
        try {
            return DevelopmentAuthority.builder()
                    .folder(Files.createDirectory(folder.resolve(name)))
                    .domains("localhost")
                    .build();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private X509Certificate renew(LeafKey kind) {
        IssuedCertificate issued = authority.leaf().name("localhost").key(kind).issue();
        issued.write(chain, key);
        return issued.chain().get(0);
    }

    private TlsReloader open() {
        return TlsReloader.builder()
                .pem(chain, key)
                .pollInterval(Duration.ofHours(1))
                .build();
    }

    private SSLContext client() {
        return EchoServer.client(authority.certificate());
    }

    @ParameterizedTest
    @EnumSource
    void handshake_withEachKindOfKey_showsTheCertificate(LeafKey kind) throws Exception {
        X509Certificate expected = renew(kind);

        try (TlsReloader tls = open();
                EchoServer server = new EchoServer(tls.context());
                Connection connection = server.connect(client())) {
            assertEquals("hello", connection.say("hello"));
            assertEquals(expected, connection.shown());
        }
    }

    @Test
    @Tag("secrets:R1")
    void certificate_renewedTenTimes_isSeenByEachNewConnectionAndEndsNone() throws Exception {
        renew(LeafKey.EC_P256);
        List<Connection> open = new ArrayList<>();
        try (TlsReloader tls = open();
                EchoServer server = new EchoServer(tls.context())) {
            SSLContext context = tls.context();
            for (int i = 0; i < 10; i++) {
                X509Certificate expected = renew(i % 2 == 0 ? LeafKey.EC_P256 : LeafKey.RSA_3072);
                tls.reload();
                Connection connection = server.connect(client());
                open.add(connection);
                assertEquals("hello", connection.say("hello"));
                assertEquals(expected, connection.shown());
            }
            for (Connection old : open) {
                assertEquals("still here", old.say("still here"));
            }
            assertSame(context, tls.context());
        } finally {
            for (Connection connection : open) {
                connection.close();
            }
        }
    }

    @Test
    void certificate_switchedAllTheTime_failsNoHandshake() throws Exception {
        renew(LeafKey.EC_P256);
        AtomicBoolean done = new AtomicBoolean();
        // A switch for each handshake: faster than that, a stalled one would find its generation forgotten.
        Semaphore shaken = new Semaphore(1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (TlsReloader tls = open();
                EchoServer server = new EchoServer(tls.context())) {
            Future<Integer> switching = threads.submit(() -> {
                int switches = 0;
                while (!done.get()) {
                    shaken.acquire();
                    renew(switches % 2 == 0 ? LeafKey.ED25519 : LeafKey.EC_P256);
                    tls.reload();
                    switches++;
                }
                return switches;
            });
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(() -> {
                    try (Connection connection = server.connect(client())) {
                        return connection.say("hello");
                    } finally {
                        shaken.release();
                    }
                });
            }
            for (Future<String> call : threads.invokeAll(calls)) {
                assertEquals("hello", call.get());
            }
            done.set(true);
            shaken.release();
            assertTrue(switching.get() > 1);
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
    }

    @Test
    void alias_ofAHandshakeUnderWay_keepsItsOwnKey() throws Exception {
        renew(LeafKey.EC_P256);
        Identity first = identity();
        FollowingKeys keys = new FollowingKeys(first.keyManager());
        String alias = keys.chooseServerAlias("EC", null, null);
        renew(LeafKey.EC_P256);
        Identity second = identity();

        keys.use(second.keyManager());

        assertEquals(first.leaf(), keys.getCertificateChain(alias)[0]);
        assertNotEquals(null, keys.getPrivateKey(alias));
        assertEquals(second.leaf(), keys.getCertificateChain(keys.chooseServerAlias("EC", null, null))[0]);
        assertEquals(null, keys.getPrivateKey("no such alias"));
        assertEquals(null, keys.getPrivateKey("17/tls"));
    }

    private Identity identity() throws Exception {
        return new PemMaterial(chain, key)
                .identity(
                        List.of(Files.readAllBytes(chain), Files.readAllBytes(key)),
                        authority.certificate().getNotBefore().toInstant().plus(Duration.ofHours(1)));
    }

    @Test
    @Tag("ASVS-12.3.2")
    @Tag("ASVS-12.3.4")
    void authorities_thatAreReplaced_areTrustedInsteadOfTheOldOnes() throws Exception {
        renew(LeafKey.EC_P256);
        Path trust = Files.writeString(folder.resolve("trust.pem"), authority.certificatePem());
        try (TlsReloader server = open();
                TlsReloader client =
                        TlsReloader.builder().pem(chain, key).trust(trust).build();
                EchoServer echo = new EchoServer(server.context())) {
            try (Connection connection = echo.connect(client.context())) {
                assertEquals("hello", connection.say("hello"));
            }

            Files.writeString(trust, authority("other").certificatePem());
            client.reload();

            try (Connection connection = echo.connect(client.context())) {
                assertThrows(SSLHandshakeException.class, () -> connection.say("hello"));
            }
        }
    }

    @Test
    void pkcs12_thatIsReplaced_isServedFromThenOn() throws Exception {
        Secret password = Secret.of("a-passphrase-for-tests-only");
        Path store = folder.resolve("tls.p12");
        authority.leaf().name("localhost").issue().pkcs12().write(store, password);
        try (TlsReloader tls = TlsReloader.builder().pkcs12(store, password).build();
                EchoServer server = new EchoServer(tls.context())) {
            password.close();
            IssuedCertificate renewed = authority.leaf().name("localhost").issue();
            renewed.pkcs12().write(store, Secret.of("a-passphrase-for-tests-only"));

            tls.reload();

            try (Connection connection = server.connect(client())) {
                assertEquals("hello", connection.say("hello"));
                assertEquals(renewed.chain().get(0), connection.shown());
            }
            renewed.pkcs12().write(store, Secret.of("another-passphrase-for-tests"));
            String reason = tls.reload().failure().orElseThrow().reason();
            assertTrue(reason.contains("damaged or has another password"), reason);
        }
    }

    @Test
    void watching_onItsOwnThread_findsTheRenewalAndEndsWithClose() throws Exception {
        X509Certificate first = renew(LeafKey.EC_P256);
        AtomicReference<TlsStatus> heard = new AtomicReference<>();
        TlsListener listener = new TlsListener() {
            @Override
            public void onRenewed(TlsStatus status) {
                heard.set(status);
                throw new IllegalStateException("a listener may fail");
            }
        };
        TlsReloader tls = TlsReloader.builder()
                .pem(chain, key)
                .pollInterval(Duration.ofSeconds(1))
                .listener(listener)
                .build();
        try (tls) {
            X509Certificate renewed = renew(LeafKey.EC_P256);
            assertNotEquals(first, renewed);
            Eventually.until(Duration.ofSeconds(30), "the renewal is heard of", () -> heard.get() != null);
            assertEquals(heard.get(), tls.status());
            assertTrue(watching());
        }
        tls.close();

        Eventually.until(Duration.ofSeconds(10), "the thread ends", () -> !watching());
    }

    private static boolean watching() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("hardening-tls"));
    }

    @Test
    void build_withNothing_listsEveryFault() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> TlsReloader.builder().pollInterval(Duration.ofMillis(999)).build());

        assertEquals(2, refused.faults().size(), refused.getMessage());
        assertFalse(watching());
    }
}

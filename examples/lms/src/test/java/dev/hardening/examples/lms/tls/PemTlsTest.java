package dev.hardening.examples.lms.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.StartRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class PemTlsTest {
    @TempDir
    private Path folder;

    private Path certificate;
    private Path key;

    @BeforeEach
    void files() {
        certificate = folder.resolve("cert.pem");
        key = folder.resolve("key.pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "Ed25519"})
    void handshake_withPemFiles_showsTheirCertificate(String algorithm) throws Exception {
        TestIdentity identity = identity(algorithm);

        try (PemTls tls = PemTls.open(certificate, key)) {
            assertEquals(identity.serial(), served(tls.context(), identity));
        }
    }

    @Test
    void certificate_thatWasRenewed_isServedFromThenOn() throws Exception {
        identity("EC");
        try (PemTls tls = PemTls.open(certificate, key)) {
            SSLContext context = tls.context();
            TestIdentity renewed = identity("EC");

            tls.reload();

            assertEquals(renewed.serial(), served(context, renewed));
        }
    }

    @Test
    void renewal_thatIsHalfDone_changesNothing() throws Exception {
        TestIdentity first = identity("EC");
        try (PemTls tls = PemTls.open(certificate, key)) {
            TestIdentity.of(folder, "localhost", "EC").write(certificate, folder.resolve("other.pem"));

            tls.reload();

            assertEquals(first.serial(), served(tls.context(), first));
        }
    }

    @Test
    void key_ofAnotherCertificate_isRefused() throws Exception {
        identity("EC");
        TestIdentity.of(folder, "localhost", "EC").write(folder.resolve("other.pem"), key);

        assertRefused("is not that of the first certificate");
    }

    @Test
    void key_inAnOldFormat_isRefusedWithTheRemedy() throws Exception {
        identity("RSA");
        Files.writeString(key, Files.readString(key).replace("PRIVATE KEY", "RSA PRIVATE KEY"));

        assertRefused("openssl pkcs8");
    }

    @Test
    void file_thatIsMissing_isRefused() {
        assertRefused("cannot be read");
    }

    private void assertRefused(String part) {
        StartRefusedException refused = assertThrows(StartRefusedException.class, () -> PemTls.open(certificate, key));
        assertTrue(String.valueOf(refused.getMessage()).contains(part), refused.getMessage());
    }

    private TestIdentity identity(String algorithm) throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", algorithm);
        identity.write(certificate, key);
        return identity;
    }

    private static BigInteger served(SSLContext server, TestIdentity trusted) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (SSLServerSocket listening =
                (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            CompletableFuture<Void> answer = CompletableFuture.runAsync(() -> shake(listening));
            try (SSLSocket client =
                    (SSLSocket) trusted.context().getSocketFactory().createSocket(loopback, listening.getLocalPort())) {
                client.startHandshake();
                X509Certificate shown = (X509Certificate) client.getSession().getPeerCertificates()[0];
                answer.get();
                return shown.getSerialNumber();
            }
        }
    }

    private static void shake(SSLServerSocket listening) {
        try (SSLSocket accepted = (SSLSocket) listening.accept()) {
            accepted.startHandshake();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

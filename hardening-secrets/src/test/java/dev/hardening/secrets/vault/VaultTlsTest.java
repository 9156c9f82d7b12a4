package dev.hardening.secrets.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.SecretReading;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real TLS, with a certificate that keytool makes. */
@Tag("ASVS-12.3.2")
class VaultTlsTest {
    private static final char[] PASSWORD = "tls-password".toCharArray();

    @TempDir
    Path folder;

    private KeyStore server;

    @BeforeEach
    void makeCertificate() throws Exception {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Assumptions.assumeTrue(Files.isExecutable(keytool), "SKIPPED: no keytool in this Java runtime");
        Path file = folder.resolve("server.p12");
        Process made = new ProcessBuilder(List.of(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD)))
                .redirectErrorStream(true)
                .start();
        String output = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, made.waitFor(), output);
        server = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            server.load(in, PASSWORD);
        }
    }

    private SSLContext serving() throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(server, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private SSLContext trusting() throws Exception {
        Certificate certificate = server.getCertificate("server");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void read_trustedCertificate_isServed() throws Exception {
        try (VaultStandIn standIn = new VaultStandIn(serving());
                Vault vault = Vault.builder()
                        .address(standIn.address())
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .sslContext(trusting())
                        .build()) {
            standIn.put("lms", 1, "\"A\":\"value\"");

            try (SecretReading reading = vault.keyValue("secret", "lms").read()) {
                assertEquals("value", reading.find("A").map(Secret::reveal).orElseThrow());
            }
        }
    }

    @Test
    void read_certificateNobodyTrustsOrOfAnotherName_neverShowsTheToken() throws Exception {
        try (VaultStandIn standIn = new VaultStandIn(serving());
                Vault stranger = Vault.builder()
                        .address(standIn.address())
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .build();
                Vault otherName = Vault.builder()
                        .address(URI.create(standIn.address().toString().replace("localhost", "127.0.0.1")))
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .sslContext(trusting())
                        .build()) {
            for (Vault vault : List.of(stranger, otherName)) {
                var refused = assertThrows(
                        SecretsUnavailableException.class,
                        () -> vault.keyValue("secret", "lms").read());
                assertTrue(refused.getMessage().contains("SSLHandshakeException"), refused::getMessage);
            }
            assertTrue(standIn.requests.isEmpty());
        }
    }
}

package dev.hardening.secrets.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.SecretReading;
import dev.hardening.testing.TestIdentity;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real TLS, with a certificate that keytool makes. */
@Tag("ASVS-12.3.2")
class VaultTlsTest {
    @TempDir
    Path folder;

    private SSLContext context;

    @BeforeEach
    void makeCertificate() throws Exception {
        context = TestIdentity.of(folder, "localhost", "EC").context();
    }

    @Test
    void read_trustedCertificate_isServed() throws Exception {
        try (VaultStandIn standIn = new VaultStandIn(context);
                Vault vault = Vault.builder()
                        .address(standIn.address())
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .sslContext(context)
                        .build()) {
            standIn.put("lms", 1, "\"A\":\"value\"");

            try (SecretReading reading = vault.keyValue("secret", "lms").read()) {
                assertEquals("value", reading.find("A").map(Secret::reveal).orElseThrow());
            }
        }
    }

    @Test
    void read_certificateNobodyTrustsOrOfAnotherName_neverShowsTheToken() throws Exception {
        try (VaultStandIn standIn = new VaultStandIn(context);
                Vault stranger = Vault.builder()
                        .address(standIn.address())
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .build();
                Vault otherName = Vault.builder()
                        .address(URI.create(standIn.address().toString().replace("localhost", "127.0.0.1")))
                        .token(Secret.of(VaultStandIn.TOKEN))
                        .sslContext(context)
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

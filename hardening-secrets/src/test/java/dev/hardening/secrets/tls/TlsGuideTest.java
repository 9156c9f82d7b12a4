package dev.hardening.secrets.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.certificate.DevelopmentAuthority;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of docs/secrets/tls.md. */
class TlsGuideTest {
    @TempDir
    private Path folder;

    @Test
    void quickStart_always_servesWhatTheAuthorityIssued() {
        Path chain = folder.resolve("tls.crt");
        Path key = folder.resolve("tls.key");

        // region secrets-development-authority
        DevelopmentAuthority authority = DevelopmentAuthority.builder()
                .folder(folder)
                .domains("localhost", "test")
                .addresses("127.0.0.1", "::1")
                .build();
        authority.leaf().name("localhost").address("127.0.0.1").issue().write(chain, key);
        // endregion

        // region secrets-tls
        TlsReloader tls = TlsReloader.builder().pem(chain, key).build();
        SSLContext context = tls.context();
        // endregion

        assertNotNull(context);
        assertEquals(64, tls.status().fingerprint().length());
        assertTrue(tls.status().warnings().isEmpty());
        tls.close();
    }
}

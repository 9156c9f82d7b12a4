package dev.hardening.secrets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.jose.BodyCipher;
import dev.hardening.secrets.jose.BodyCipher.Role;
import dev.hardening.secrets.jose.EncryptionJwks;
import dev.hardening.secrets.jose.Opening;
import dev.hardening.secrets.jose.RecipientKey;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.servlet.Site.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** To whom answers are sealed, and ciphers that do not fit a filter. */
@Tag("secrets:E7")
class SealedRecipientTest {
    private static final byte[] NOTHING = {};
    private static final String JOSE = "application/jose";

    private Site site;

    private static KeyRing ring(KeyKind kind) {
        return KeyRing.builder()
                .name("bodies")
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    private static BodyCipher shared(Role role) {
        return BodyCipher.builder()
                .role(role)
                .context("lms/api")
                .sharedKeys(ring(KeyKind.AES_256))
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        if (site != null) {
            site.close();
        }
    }

    @Test
    void recipient_ofTheUser_opensTheAnswerAndWithoutOneItIs406() throws Exception {
        KeyRing serverRing = ring(KeyKind.EC_P256);
        KeyRing userRing = ring(KeyKind.EC_P256);
        RecipientKey userKey = RecipientKey.parse(EncryptionJwks.of(userRing).active());
        BodyCipher agreeing = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .ownKeys(serverRing)
                .build();
        AtomicInteger handled = new AtomicInteger();
        SealedBodyFilter filter = SealedBodyFilter.builder(agreeing)
                .recipient(request -> Optional.of(userKey)
                        .filter(key -> request.getRequestURI().equals("/known")))
                .build();
        site = new Site(filter, (request, response) -> {
            handled.incrementAndGet();
            response.getWriter().write("for you");
        });
        BodyCipher user = BodyCipher.builder()
                .role(Role.CLIENT)
                .context("lms/api")
                .ownKeys(userRing)
                .build();

        Answer known = site.ask("GET /known", NOTHING, "Accept", JOSE);
        Answer unknown = site.ask("GET /unknown", NOTHING, "Accept", JOSE);

        assertEquals(
                "for you",
                new String(
                        assertInstanceOf(Opening.Opened.class, user.open(known.body()))
                                .content(),
                        StandardCharsets.UTF_8));
        assertEquals(406, unknown.status());
        assertEquals(1, handled.get());
        assertEquals(200, site.ask("GET /unknown", NOTHING).status());
    }

    @Test
    void cipher_ofAClient_isRefused() {
        assertThrows(
                SecretsConfigurationException.class,
                () -> SealedBodyFilter.builder(shared(Role.CLIENT)).build());
    }

    @Test
    void cipherWithoutARecipient_needsOneFromTheFilter() {
        BodyCipher agreeing = BodyCipher.builder()
                .role(Role.SERVER)
                .context("lms/api")
                .ownKeys(ring(KeyKind.EC_P256))
                .build();

        assertEquals(
                List.of("recipient is missing: the cipher has nobody to seal answers to"),
                assertThrows(
                                SecretsConfigurationException.class,
                                () -> SealedBodyFilter.builder(agreeing).build())
                        .faults());
    }

    @Test
    void cipherWithSharedKeys_takesNoRecipient() {
        assertEquals(
                List.of("recipient must not be given: the keys of the cipher are shared"),
                assertThrows(
                                SecretsConfigurationException.class,
                                () -> SealedBodyFilter.builder(shared(Role.SERVER))
                                        .recipient(request -> Optional.empty())
                                        .build())
                        .faults());
    }
}

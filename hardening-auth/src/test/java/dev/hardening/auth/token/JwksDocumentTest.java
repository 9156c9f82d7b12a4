package dev.hardening.auth.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JwksDocumentTest {
    private final TokenFixture fixture = new TokenFixture();

    @Test
    void json_readByAnother_verifiesOurTokens() throws Exception {
        JWKSet set = JWKSet.parse(new String(JwksDocument.of(fixture.ring).json(), StandardCharsets.UTF_8));
        JWSObject token = JWSObject.parse(fixture.token());
        ECKey key = (ECKey) set.getKeyByKeyId(token.getHeader().getKeyID());

        assertTrue(token.verify(new ECDSAVerifier(key)));
        assertEquals("sig", key.getKeyUse().identifier());
        assertEquals("ES256", key.getAlgorithm().getName());
        assertFalse(key.isPrivate());
    }

    @Test
    void json_afterARotation_listsOldNewAndComingKeys() throws Exception {
        fixture.ring.unsafePromoteNow(fixture.ring.add().id());
        fixture.ring.add();

        JWKSet set = JWKSet.parse(new String(JwksDocument.of(fixture.ring).json(), StandardCharsets.UTF_8));

        assertEquals(3, set.size());
        assertTrue(set.getKeys().stream().noneMatch(key -> key.isPrivate()));
    }

    @Test
    void etag_sameKeys_isTheSameAndChangesWithThem() {
        JwksDocument before = JwksDocument.of(fixture.ring);
        JwksDocument again = JwksDocument.of(fixture.ring);
        fixture.ring.add();
        JwksDocument after = JwksDocument.of(fixture.ring);

        assertEquals(before.etag(), again.etag());
        assertNotEquals(before.etag(), after.etag());
        assertTrue(before.matches(before.etag()));
        assertTrue(before.matches("\"x\", W/" + before.etag()));
        assertTrue(before.matches("*"));
        assertFalse(before.matches(after.etag()));
        assertTrue(before.cacheControl().contains("max-age=300"));
    }
}

package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import dev.hardening.secrets.SeededSecureRandom;
import dev.hardening.secrets.keypair.KeyPairKind;
import dev.hardening.secrets.keypair.KeyPairMaker;
import dev.hardening.secrets.keypair.MadeKeyPair;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.text.ParseException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nimbus reads our JWKs as the keys they are, and computes the same thumbprint. */
@Tag("secrets:G5")
class KeyPairJwkInteropTest {
    @ParameterizedTest
    @EnumSource
    void privateJwk_anyKind_isReadAsTheSameKey(KeyPairKind kind) throws ParseException, JOSEException {
        MadeKeyPair pair =
                KeyPairMaker.create(new SeededSecureRandom("nimbus " + kind)).next(kind);

        JWK read = JWK.parse(pair.privateJwk().reveal());

        assertEquals(pair.id(), read.getKeyID());
        assertEquals(pair.id(), read.computeThumbprint().toString());
        assertTrue(read.isPrivate());
        assertTrue(same(pair.privateKey(), read));
    }

    @ParameterizedTest
    @EnumSource
    void publicJwkSet_anyKind_isReadAsOnePublicKey(KeyPairKind kind) throws ParseException, JOSEException {
        MadeKeyPair pair =
                KeyPairMaker.create(new SeededSecureRandom("nimbus " + kind)).next(kind);

        JWKSet set = JWKSet.parse(pair.publicJwkSet());

        assertEquals(1, set.size());
        JWK read = set.getKeys().get(0);
        assertFalse(read.isPrivate());
        assertEquals(pair.id(), read.getKeyID());
        assertEquals(JWK.parse(pair.privateJwk().reveal()).toPublicJWK(), read);
    }

    private static boolean same(PrivateKey ours, JWK theirs) throws JOSEException {
        if (ours instanceof RSAPrivateCrtKey rsa) {
            return rsa.equals(theirs.toRSAKey().toPrivateKey());
        }
        if (ours instanceof ECPrivateKey ec) {
            return ec.getS().equals(theirs.toECKey().toECPrivateKey().getS());
        }
        OctetKeyPair octets = theirs.toOctetKeyPair();
        return Arrays.equals(((EdECPrivateKey) ours).getBytes().orElseThrow(), octets.getDecodedD());
    }
}

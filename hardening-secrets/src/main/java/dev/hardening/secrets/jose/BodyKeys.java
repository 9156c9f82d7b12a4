package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEEncrypter;
import java.util.Optional;

/** The keys of one cipher; the only way to anything that encrypts or decrypts. */
interface BodyKeys {
    /** The one algorithm these keys are used with. */
    JWEAlgorithm algorithm();

    /** The info of the key agreement for a direction, base64url; empty for shared keys. */
    String partyInfo(Direction direction);

    /** What opens a body of that key, if there is one that may. */
    Optional<JWEDecrypter> opener(String keyId, Direction direction) throws JOSEException;

    /** What seals now. */
    Sealing sealing(Direction direction) throws JOSEException;

    /** An engine and the id of its key. */
    record Sealing(String keyId, JWEEncrypter engine) {}
}

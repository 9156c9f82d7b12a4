package dev.hardening.auth.token;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import dev.hardening.secrets.ring.KeyRing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/**
 * The public keys of a ring as a JSON Web Key Set, so that other services can verify its tokens (RFC 7517).
 *
 * <p>Holds every key that is published: those that sign, those that soon will, and those that did and are still
 * accepted. A snapshot; take a new one per request, which costs microseconds. Private keys never enter it.
 */
public final class JwksDocument {
    private static final JsonFactory JSON = new JsonFactory();

    private final byte[] json;
    private final String etag;

    private JwksDocument(byte[] json) {
        this.json = json;
        etag = '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(json)) + '"';
    }

    /**
     * Takes a snapshot of a ring.
     *
     * @param ring a ring of kind {@code EC_P256}
     * @return its published keys
     */
    public static JwksDocument of(KeyRing ring) {
        return of(TokenKeys.of(ring));
    }

    static JwksDocument of(TokenKeys keys) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(bytes)) {
            generator.writeStartObject();
            generator.writeArrayFieldStart("keys");
            for (TokenKeys.Pair key : keys.published()) {
                write(generator, key);
            }
            generator.writeEndArray();
            generator.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return new JwksDocument(bytes.toByteArray());
    }

    /**
     * Returns the body of an answer with {@code Content-Type: application/jwk-set+json}.
     *
     * @return UTF-8, a copy
     */
    public byte[] json() {
        return json.clone();
    }

    /**
     * Returns the entity tag; it changes with the keys alone.
     *
     * @return quoted, as the header wants it
     */
    public String etag() {
        return etag;
    }

    /**
     * Tells whether a caller has this version already.
     *
     * @param ifNoneMatch the header's value
     * @return whether 304 is the answer
     */
    public boolean matches(String ifNoneMatch) {
        return Arrays.stream(ifNoneMatch.split(",", -1))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }

    /**
     * Returns how long others may keep it: short enough that a new key is known before it signs.
     *
     * @return a value for {@code Cache-Control}
     */
    public String cacheControl() {
        return "public, max-age=300, must-revalidate";
    }

    private static void write(JsonGenerator generator, TokenKeys.Pair key) throws IOException {
        ECKey jwk = new ECKey.Builder(Curve.P_256, (ECPublicKey) key.publicKey())
                .keyID(key.id())
                .keyUse(KeyUse.SIGNATURE)
                .algorithm(JWSAlgorithm.ES256)
                .build();
        generator.writeStartObject();
        for (Map.Entry<String, Object> member : jwk.toJSONObject().entrySet()) {
            generator.writeStringField(member.getKey(), (String) member.getValue());
        }
        generator.writeEndObject();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }
}

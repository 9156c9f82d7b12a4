package dev.hardening.secrets.jose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.KeyState;
import dev.hardening.secrets.ring.RingKey;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPoint;
import java.util.Base64;
import java.util.Objects;

/**
 * The public halves of a ring of kind {@code EC_P256}, so that others can seal bodies to it (RFC 7517, section 5).
 *
 * <p>The ACTIVE key stands first, and is the one to use; RETIRING keys follow, since a sender that kept the set may
 * still use one. A PENDING key is not shown: what is sealed to it is refused until it is promoted, and no sender has to
 * know it before. A key that signs must not stand in such a ring: one key, one purpose. A snapshot; take a new
 * one for each request.
 */
public final class EncryptionJwks {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int COORDINATE_BYTES = 32;

    private final KeyRing ring;

    private EncryptionJwks(KeyRing ring) {
        this.ring = ring;
    }

    /**
     * Names the ring whose public halves are shown.
     *
     * @param ring of kind {@code EC_P256}
     * @return the set
     * @throws IllegalArgumentException if the ring is of another kind
     */
    public static EncryptionJwks of(KeyRing ring) {
        Objects.requireNonNull(ring, "ring");
        if (ring.kind() != KeyKind.EC_P256) {
            throw new IllegalArgumentException("only a ring of kind EC_P256 has public keys, got " + ring.kind());
        }
        return new EncryptionJwks(ring);
    }

    /**
     * Writes the set, the body of an answer with {@code Content-Type: application/jwk-set+json}.
     *
     * @return JSON
     */
    public String json() {
        return written(generator -> {
            generator.writeStartObject();
            generator.writeArrayFieldStart("keys");
            write(generator, ring.active());
            for (RingKey key : ring.published()) {
                if (key.state() == KeyState.RETIRING) {
                    write(generator, key);
                }
            }
            generator.writeEndArray();
            generator.writeEndObject();
        });
    }

    /**
     * Writes the key to use now, in the form that {@link RecipientKey#parse} reads.
     *
     * @return one JWK
     */
    public String active() {
        return written(generator -> write(generator, ring.active()));
    }

    private static void write(JsonGenerator generator, RingKey key) throws IOException {
        ECPoint point = ((ECPublicKey) key.publicKey()).getW();
        generator.writeStartObject();
        generator.writeStringField("kty", "EC");
        generator.writeStringField("crv", "P-256");
        generator.writeStringField("x", coordinate(point.getAffineX()));
        generator.writeStringField("y", coordinate(point.getAffineY()));
        generator.writeStringField("use", "enc");
        generator.writeStringField("alg", "ECDH-ES+A256KW");
        generator.writeStringField("kid", key.id());
        generator.writeEndObject();
    }

    private static String coordinate(BigInteger number) {
        byte[] signed = number.toByteArray();
        byte[] exact = new byte[COORDINATE_BYTES];
        int length = Math.min(signed.length, COORDINATE_BYTES);
        System.arraycopy(signed, signed.length - length, exact, COORDINATE_BYTES - length, length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(exact);
    }

    private interface Content {
        void write(JsonGenerator generator) throws IOException;
    }

    private static String written(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            content.write(generator);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return text.toString();
    }
}

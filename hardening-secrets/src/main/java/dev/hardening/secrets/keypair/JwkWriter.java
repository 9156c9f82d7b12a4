package dev.hardening.secrets.keypair;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.hardening.secrets.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECPoint;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes JSON Web Keys: RSA and EC by RFC 7518, section 6, Ed25519 by RFC 8037.
 *
 * <p>Members stand in a fixed order, so that one key always has one text. Numbers of EC keys have the full length of
 * their field, those of RSA keys no leading zero, as the RFC asks; both are where other writers went wrong.
 */
final class JwkWriter {
    private static final int ED25519_BYTES = 32;
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    // Recycled buffers would keep private members for the next document of the thread.
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private JwkWriter() {}

    /** The members that make the public key, in the order of RFC 7638: by name. */
    private static Map<String, String> required(PublicKey key) {
        Map<String, String> members = new LinkedHashMap<>();
        if (key instanceof RSAPublicKey rsa) {
            members.put("e", number(rsa.getPublicExponent()));
            members.put("kty", "RSA");
            members.put("n", number(rsa.getModulus()));
        } else if (key instanceof ECPublicKey ec) {
            ECPoint point = ec.getW();
            int size = fieldBytes(ec.getParams().getCurve().getField().getFieldSize());
            members.put("crv", "P-" + ec.getParams().getCurve().getField().getFieldSize());
            members.put("kty", "EC");
            members.put("x", new String(encode(padded(point.getAffineX(), size)), StandardCharsets.US_ASCII));
            members.put("y", new String(encode(padded(point.getAffineY(), size)), StandardCharsets.US_ASCII));
        } else {
            byte[] encoded = key.getEncoded();
            byte[] raw = Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length);
            members.put("crv", "Ed25519");
            members.put("kty", "OKP");
            members.put("x", new String(encode(raw), StandardCharsets.US_ASCII));
        }
        return members;
    }

    private static Map<String, byte[]> secret(PrivateKey key) {
        Map<String, byte[]> members = new LinkedHashMap<>();
        if (key instanceof RSAPrivateCrtKey rsa) {
            members.put("d", unsigned(rsa.getPrivateExponent()));
            members.put("p", unsigned(rsa.getPrimeP()));
            members.put("q", unsigned(rsa.getPrimeQ()));
            members.put("dp", unsigned(rsa.getPrimeExponentP()));
            members.put("dq", unsigned(rsa.getPrimeExponentQ()));
            members.put("qi", unsigned(rsa.getCrtCoefficient()));
        } else if (key instanceof ECPrivateKey ec) {
            members.put(
                    "d", padded(ec.getS(), fieldBytes(ec.getParams().getOrder().bitLength())));
        } else {
            members.put("d", ((EdECPrivateKey) key).getBytes().orElseThrow());
        }
        return members;
    }

    static String thumbprint(PublicKey key) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return BASE64URL.encodeToString(sha256.digest(json(required(key), Map.of())));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }

    static String publicJwk(String id, PublicKey key) {
        return new String(json(named(id, key), Map.of()), StandardCharsets.US_ASCII);
    }

    static Secret privateJwk(String id, KeyPair pair) {
        Map<String, byte[]> secret = secret(pair.getPrivate());
        try {
            return Secret.of(json(named(id, pair.getPublic()), secret));
        } finally {
            secret.values().forEach(bytes -> Arrays.fill(bytes, (byte) 0));
        }
    }

    private static Map<String, String> named(String id, PublicKey key) {
        Map<String, String> members = required(key);
        members.put("kid", id);
        return members;
    }

    private static byte[] json(Map<String, String> open, Map<String, byte[]> secret) {
        WipedStream out = new WipedStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            for (Map.Entry<String, String> member : open.entrySet()) {
                json.writeStringField(member.getKey(), member.getValue());
            }
            for (Map.Entry<String, byte[]> member : secret.entrySet()) {
                byte[] text = encode(member.getValue());
                json.writeFieldName(member.getKey());
                json.writeRawUTF8String(text, 0, text.length);
                Arrays.fill(text, (byte) 0);
            }
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
        return out.take();
    }

    /** Memory that is zero again once its content was taken. */
    private static final class WipedStream extends ByteArrayOutputStream {
        WipedStream() {
            super(8192);
        }

        byte[] take() {
            byte[] taken = toByteArray();
            Arrays.fill(buf, (byte) 0);
            return taken;
        }
    }

    private static int fieldBytes(int bits) {
        return (bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    private static String number(BigInteger value) {
        return new String(encode(unsigned(value)), StandardCharsets.US_ASCII);
    }

    private static byte[] encode(byte[] bytes) {
        return BASE64URL.encode(bytes);
    }

    private static byte[] unsigned(BigInteger value) {
        return padded(value, fieldBytes(value.bitLength()));
    }

    /** Big-endian in so many bytes: {@code toByteArray} has a sign byte in front, or too few. */
    private static byte[] padded(BigInteger value, int size) {
        byte[] signed = value.toByteArray();
        byte[] exact = new byte[size];
        int length = Math.min(size, signed.length);
        System.arraycopy(signed, signed.length - length, exact, size - length, length);
        Arrays.fill(signed, (byte) 0);
        return exact;
    }
}

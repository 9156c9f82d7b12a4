package dev.hardening.secrets.vault;

import com.fasterxml.jackson.core.JsonParser;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyEncryptionKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key-encryption key that never leaves Vault: its transit engine wraps and unwraps.
 *
 * <p>The context goes along as associated data. A server older than Vault 1.9 ignores that without a word, so its SHA-256
 * stands in front of the root key as well, and what was wrapped for another context is refused here too. What is stored
 * is Vault's own text, {@code vault:v1:...}; a key that Vault rotated still unwraps it. Give the token {@code update} on
 * {@code encrypt/<key>} and {@code decrypt/<key>} and not {@code create}, with which Vault would make a missing key.
 */
public final class VaultTransit implements KeyEncryptionKey {
    private static final Pattern WRAPPED = Pattern.compile("vault:v[1-9][0-9]{0,8}:[A-Za-z0-9+/]{1,4000}={0,2}");
    private static final int LONGEST = 4_096;
    private static final int DIGEST = 32;

    private final VaultClient client;
    private final String id;
    private final String encrypt;
    private final String decrypt;

    VaultTransit(VaultClient client, String mount, String key) {
        this.client = client;
        this.id = "vault-transit:" + mount + "/" + key;
        this.encrypt = mount + "/encrypt/" + key;
        this.decrypt = mount + "/decrypt/" + key;
    }

    /**
     * Names the key by mount and name, not by the address of the server, which may change.
     *
     * @return such as {@code vault-transit:transit/lms}
     */
    @Override
    public String id() {
        return id;
    }

    @Override
    public byte[] wrap(Secret rootKey, byte[] context) {
        byte[] plain = rootKey.use(key -> joined(digest(context), key));
        byte[] encoded = Base64.getEncoder().encode(plain);
        Arrays.fill(plain, (byte) 0);
        byte[] body = body("plaintext", encoded, context);
        Arrays.fill(encoded, (byte) 0);
        VaultClient.Answer answer;
        try {
            answer = client.write(encrypt, body);
        } finally {
            Arrays.fill(body, (byte) 0);
        }
        if (!answer.ok()) {
            throw client.refused("POST", encrypt, answer.status());
        }
        try (Secret wrapped = field(encrypt, answer, "ciphertext")) {
            return wrapped.use(text -> checked(text));
        }
    }

    @Override
    public Optional<Secret> unwrap(byte[] wrapped, byte[] context) {
        if (!wellFormed(wrapped)) {
            return Optional.empty();
        }
        VaultClient.Answer answer = client.write(decrypt, body("ciphertext", wrapped, context));
        if (!answer.ok()) {
            return refusal(answer);
        }
        try (Secret encoded = field(decrypt, answer, "plaintext")) {
            return encoded.use(text -> rootKey(text, context));
        }
    }

    /**
     * Vault says the same of what it cannot authenticate and of a key that is not there, and a proxy in front of it says
     * 400 of its own: only the first is a no.
     */
    private Optional<Secret> refusal(VaultClient.Answer answer) {
        return switch (VaultJson.complaint(answer.body())) {
            case OTHER -> Optional.empty();
            case NOT_FOUND -> throw client.refused("POST", decrypt, answer.status());
            case FOREIGN -> throw client.malformed("POST", decrypt);
        };
    }

    private Optional<Secret> rootKey(byte[] encoded, byte[] context) {
        byte[] plain;
        try {
            plain = Base64.getDecoder().decode(encoded);
        } catch (IllegalArgumentException notBase64) {
            throw client.malformed("POST", decrypt);
        }
        try {
            byte[] digest = Arrays.copyOf(plain, Math.min(DIGEST, plain.length));
            boolean same = MessageDigest.isEqual(digest, digest(context));
            return same && plain.length > DIGEST
                    ? Optional.of(Secret.of(Arrays.copyOfRange(plain, DIGEST, plain.length)))
                    : Optional.empty();
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    private Secret field(String path, VaultClient.Answer answer, String name) {
        Wanted wanted = new Wanted(name);
        client.parse("POST", path, answer, wanted);
        return wanted.found().orElseThrow(() -> client.malformed("POST", path));
    }

    private byte[] checked(byte[] wrapped) {
        if (!wellFormed(wrapped)) {
            throw client.malformed("POST", encrypt);
        }
        return wrapped.clone();
    }

    /** What does not look like a text of Vault did not come from it, and is not sent there. */
    private static boolean wellFormed(byte[] wrapped) {
        return wrapped.length <= LONGEST
                && WRAPPED.matcher(new String(wrapped, StandardCharsets.ISO_8859_1))
                        .matches();
    }

    /** Both values are of an alphabet that JSON needs not escape; as bytes they can be wiped. */
    private static byte[] body(String field, byte[] value, byte[] context) {
        byte[] head = ("{\"" + field + "\":\"").getBytes(StandardCharsets.US_ASCII);
        byte[] middle = "\",\"associated_data\":\"".getBytes(StandardCharsets.US_ASCII);
        byte[] end = "\"}".getBytes(StandardCharsets.US_ASCII);
        return joined(head, value, middle, Base64.getEncoder().encode(context), end);
    }

    private static byte[] joined(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }

    private static byte[] digest(byte[] context) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(context);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** Takes one field out of the answer and passes over the others. */
    private static final class Wanted implements VaultJson.Field {
        private final String name;
        private @Nullable Secret found;

        Wanted(String name) {
            this.name = name;
        }

        @Override
        public void read(String field, JsonParser json) throws IOException {
            if (field.equals(name)) {
                found = VaultJson.text(json);
            } else {
                json.skipChildren();
            }
        }

        Optional<Secret> found() {
            return Optional.ofNullable(found);
        }
    }
}

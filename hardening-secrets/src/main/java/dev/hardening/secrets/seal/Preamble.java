package dev.hardening.secrets.seal;

import java.util.Optional;

/**
 * Writes and reads what stands before the chunks of a message: header, salt and commitment.
 *
 * <p>Reading is where the key is looked up and the commitment is checked, so no chunk is opened before that. Safe for
 * many threads.
 */
final class Preamble {
    private static final int COMMITMENT_AT = SealFormat.HEADER + SealFormat.SALT;

    private final SealKeys keys;
    private final SealSettings settings;

    Preamble(SealKeys keys, SealSettings settings) {
        this.keys = keys;
        this.settings = settings;
    }

    SealKey active() {
        return keys.active();
    }

    /** Begins a message under {@code key}; writes the first 67 bytes of {@code message}. */
    MessageKey write(SealKey key, byte[] message, SealContext context) {
        byte[] salt = new byte[SealFormat.SALT];
        settings.random().nextBytes(salt);
        key.writeHeader(message);
        System.arraycopy(salt, 0, message, SealFormat.HEADER, SealFormat.SALT);
        MessageKey derived = key.message(message, context);
        derived.writeCommitment(message, COMMITMENT_AT);
        return derived;
    }

    /** The key of a message that begins with these bytes (67 at least), the caller's to wipe, or a refusal. */
    Opening<MessageKey> read(byte[] message, SealContext context) {
        if (message.length < SealFormat.PREAMBLE || !SealFormat.marked(message)) {
            return new Opening.Refused<>();
        }
        String keyId = SealFormat.keyId(message);
        Optional<SealKey> key = keys.find(keyId);
        if (key.isEmpty()) {
            return new Opening.Refused<>(keyId);
        }
        MessageKey derived = key.get().message(message, context);
        if (derived.committedIn(message, COMMITMENT_AT)) {
            return new Opening.Opened<>(derived);
        }
        derived.wipe();
        return new Opening.Refused<>();
    }
}

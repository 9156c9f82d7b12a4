package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a sealer was built with, besides its keys. */
record SealSettings(String ring, SecureRandom random, SealListener listener, int messageLimit, long streamLimit) {
    static final int MESSAGE_LIMIT = 64 << 20;
    static final long STREAM_LIMIT = 1L << 40;
    private static final int MOST_IN_MEMORY = 1 << 30;
    private static final long MOST_IN_STREAM = 64 * STREAM_LIMIT;
    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);

    /** Gives the ring back if it and these fit; otherwise throws every fault at once. */
    KeyRing checked(@Nullable KeyRing keys) {
        List<String> faults = new ArrayList<>();
        if (keys == null) {
            faults.add("ring is missing");
        } else if (keys.kind() != KeyKind.AES_256) {
            faults.add("ring " + ring + " must be of kind AES_256, got " + keys.kind());
        }
        if (messageLimit < 1 || messageLimit > MOST_IN_MEMORY) {
            faults.add("messageLimit must be 1 to " + MOST_IN_MEMORY + ", got " + messageLimit);
        }
        if (streamLimit < 1 || streamLimit > MOST_IN_STREAM) {
            faults.add("streamLimit must be 1 to " + MOST_IN_STREAM + ", got " + streamLimit);
        }
        if (keys == null || !faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        return keys;
    }

    /** Counts a sealed message and tells, once for each key, that it is time for a new one. */
    void count(SealKey key, long length) {
        if (key.count(length)) {
            LOG.warn("key {} of ring {} has sealed very much; add and promote a new one", key.id(), ring);
            tell(new SealListener.Worn(ring, key.id(), key.messages()));
        }
    }

    /** Whatever a listener throws does not undo what is sealed. */
    private void tell(SealListener.Worn event) {
        try {
            listener.worn(event);
        } catch (RuntimeException | LinkageError | AssertionError thrown) {
            LOG.warn("the listener of ring {} failed", ring, thrown);
        }
    }
}

package dev.hardening.secrets.seal;

import java.security.SecureRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a sealer was built with, besides its keys. */
record SealSettings(String ring, SecureRandom random, SealListener listener, int messageLimit, long streamLimit) {
    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);

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
        } catch (RuntimeException thrown) {
            LOG.warn("the listener of ring {} failed", ring, thrown);
        }
    }
}

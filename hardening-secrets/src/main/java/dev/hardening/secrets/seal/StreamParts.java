package dev.hardening.secrets.seal;

import java.io.IOException;

/** What the streams of one sealer have in common, and the place of this one. */
record StreamParts(Preamble preamble, SealSettings settings, ChunkCiphers ciphers, SealContext context) {
    /** The key of the message that begins so. */
    MessageKey key(byte[] begin) throws IOException {
        Opening<MessageKey> read = preamble.read(begin, context);
        if (read instanceof Opening.Refused<MessageKey> refused) {
            throw new RefusedException(refused);
        }
        return read.value().orElseThrow();
    }

    void expectWithinLimit(long length) throws IOException {
        if (length > settings.streamLimit()) {
            throw new RefusedException();
        }
    }
}

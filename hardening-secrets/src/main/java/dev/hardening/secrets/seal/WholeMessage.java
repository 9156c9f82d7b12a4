package dev.hardening.secrets.seal;

/** The pieces of a message that is in memory as a whole. A cipher that failed midway is not lent out again. */
final class WholeMessage {
    private WholeMessage() {}

    static void seal(ChunkCiphers ciphers, MessageKey key, byte[] plain, byte[] sealed) {
        ChunkCipher cipher = ciphers.take();
        int chunks = plain.length / SealFormat.CHUNK + 1;
        for (int i = 0; i < chunks; i++) {
            cipher.seal(key, i, plain(plain, i), sealed(sealed, plain.length, i));
        }
        ciphers.give(cipher);
    }

    /** Answers whether every piece is genuine; if not, {@code plain} holds what came before. */
    static boolean open(ChunkCiphers ciphers, MessageKey key, byte[] sealed, byte[] plain) {
        ChunkCipher cipher = ciphers.take();
        int chunks = plain.length / SealFormat.CHUNK + 1;
        boolean genuine = true;
        for (int i = 0; i < chunks && genuine; i++) {
            genuine = cipher.open(key, i, sealed(sealed, plain.length, i), plain(plain, i));
        }
        ciphers.give(cipher);
        return genuine;
    }

    private static Slice plain(byte[] plain, int chunk) {
        int from = chunk * SealFormat.CHUNK;
        return new Slice(plain, from, length(plain.length, chunk));
    }

    private static Slice sealed(byte[] sealed, int plainLength, int chunk) {
        int from = SealFormat.PREAMBLE + chunk * SealFormat.SEALED_CHUNK;
        return new Slice(sealed, from, length(plainLength, chunk) + SealFormat.TAG);
    }

    private static int length(int plainLength, int chunk) {
        return Math.min(SealFormat.CHUNK, plainLength - chunk * SealFormat.CHUNK);
    }
}

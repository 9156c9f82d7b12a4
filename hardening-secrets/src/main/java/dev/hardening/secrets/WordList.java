package dev.hardening.secrets;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The words of a passphrase: English, in lower case, written for this library. */
final class WordList {
    static final int SIZE = 3328;
    static final int SHORTEST = 3;
    static final int LONGEST = 9;

    private WordList() {}

    /** Loaded when a first passphrase is made: most services never make one. */
    private static final class Loaded {
        private static final List<byte[]> WORDS = read();

        private static List<byte[]> read() {
            try (InputStream in = Objects.requireNonNull(WordList.class.getResourceAsStream("words.txt"))) {
                String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
                return text.lines()
                        .map(word -> word.getBytes(StandardCharsets.US_ASCII))
                        .toList();
            } catch (IOException broken) {
                throw new UncheckedIOException("words.txt of this jar", broken);
            }
        }
    }

    static byte[] word(int number) {
        return Loaded.WORDS.get(number);
    }

    static double bitsPerWord() {
        return Math.log(SIZE) / Math.log(2);
    }
}

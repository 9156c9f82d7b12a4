package dev.hardening.secrets;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Rewrites a file, each time with one byte repeated, until it is killed or has written often enough. */
public final class PrivateFileWriter {
    static final int SIZE = 200_000;

    private PrivateFileWriter() {}

    public static void main(String[] arguments) {
        PrivateFile file = PrivateFile.at(Path.of(arguments[0]));
        int rounds = Integer.parseInt(arguments[1]);
        for (int round = 0; round < rounds; round++) {
            byte letter = (byte) ('a' + round % 26);
            file.update(SIZE, before -> {
                byte[] next = new byte[SIZE];
                Arrays.fill(next, letter);
                return Optional.of(next);
            });
        }
    }
}

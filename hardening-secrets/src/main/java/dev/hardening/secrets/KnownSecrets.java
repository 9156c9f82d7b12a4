package dev.hardening.secrets;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A list of secrets that others know, for {@link Schema.Builder#knownSecrets}.
 *
 * <p>Reads a file of one secret a line, of any encoding in which ASCII is ASCII; UTF-16 and UTF-32 are refused, since
 * nothing in them would match, and a byte order mark of UTF-8 is skipped. There are no comments: a line that starts with {@code #} is a
 * secret like any other. Spaces at both ends and the case of ASCII letters are left out of the comparison, empty lines
 * are skipped, and of a line over 4096 bytes the first 4096 are compared.
 *
 * <p>Held are eight bytes a line, a hash under a key drawn at each reading, so that the longest list takes 268 MB, and
 * up to three times that while it is read; the texts are not in the heap. A list of {@code n} lines takes a random secret for a known one with a
 * chance of {@code n} in 2^64. Immutable and safe for many threads.
 */
public final class KnownSecrets {
    private static final int LONGEST = PlaceholderGrammar.EXAMINED;
    private static final int MOST_LINES = 1 << 25;
    private static final int KEY_BYTES = 16;
    private static final int MARK_BYTES = 3;
    private static final byte[] UTF8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final byte[] key;
    private final long[] hashes;

    private KnownSecrets(byte[] key, long[] hashes) {
        this.key = key;
        this.hashes = hashes;
    }

    /**
     * Reads a list.
     *
     * @param file one secret a line, at most 33554432 lines
     * @return the list
     * @throws SecretsConfigurationException if there is no such file, it is no regular file, is in UTF-16 or UTF-32 or
     *     otherwise holds a zero byte, or has more lines
     * @throws SecretsUnavailableException if it cannot be read
     */
    public static KnownSecrets fromFile(Path file) {
        Objects.requireNonNull(file, "file");
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw refused(file, "is not a regular file");
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            skipMark(in, file);
            return new KnownSecrets(key, new Lines(in, file, key).read());
        } catch (NoSuchFileException absent) {
            throw refused(file, "does not exist");
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the list of known secrets " + file + " cannot be read", broken);
        }
    }

    private static void skipMark(InputStream in, Path file) throws IOException {
        in.mark(MARK_BYTES);
        byte[] start = in.readNBytes(MARK_BYTES);
        boolean wide = start.length > 1
                && ((start[0] == (byte) 0xFE && start[1] == (byte) 0xFF)
                        || (start[0] == (byte) 0xFF && start[1] == (byte) 0xFE));
        if (wide) {
            throw refused(file, "is in UTF-16 or UTF-32; convert it to UTF-8");
        }
        if (!Arrays.equals(start, UTF8_MARK)) {
            in.reset();
        }
    }

    private static SecretsConfigurationException refused(Path file, String fault) {
        return new SecretsConfigurationException(List.of("the list of known secrets " + file + " " + fault));
    }

    /**
     * Counts the secrets.
     *
     * @return how many different ones there are
     */
    public int size() {
        return hashes.length;
    }

    /**
     * Looks a secret up.
     *
     * @param secret what is to be used
     * @return whether it is in the list
     */
    public boolean contains(Secret secret) {
        Objects.requireNonNull(secret, "secret");
        return secret.use(bytes -> {
            int from = 0;
            while (from < bytes.length && space(bytes[from])) {
                from++;
            }
            byte[] line = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + LONGEST));
            int length = fold(line, line.length);
            boolean known = length > 0 && Arrays.binarySearch(hashes, new Hash(key).of(line, length)) >= 0;
            Arrays.fill(line, (byte) 0);
            return known;
        });
    }

    /**
     * Prints how many there are.
     *
     * @return no secret
     */
    @Override
    public String toString() {
        return "KnownSecrets[" + hashes.length + "]";
    }

    private static boolean space(int octet) {
        return octet == ' ' || (octet >= '\t' && octet <= '\r');
    }

    /** Makes ASCII letters small and tells the length without the spaces at the end. */
    private static int fold(byte[] line, int length) {
        int end = length;
        while (end > 0 && space(line[end - 1])) {
            end--;
        }
        for (int at = 0; at < end; at++) {
            if (line[at] >= 'A' && line[at] <= 'Z') {
                line[at] = (byte) (line[at] + 'a' - 'A');
            }
        }
        return end;
    }

    /** The first eight bytes of SHA-256 over the key and a line. */
    private static final class Hash {
        private final byte[] key;
        private final MessageDigest digest;

        Hash(byte[] key) {
            this.key = key;
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (GeneralSecurityException absent) {
                throw new IllegalStateException("every JDK has SHA-256", absent);
            }
        }

        long of(byte[] line, int length) {
            digest.update(key);
            digest.update(line, 0, length);
            return ByteBuffer.wrap(digest.digest()).getLong();
        }
    }

    /** Reads lines into hashes, with one buffer of a line. */
    private static final class Lines {
        private final InputStream in;
        private final Path file;
        private final Hash hash;
        private final byte[] line = new byte[LONGEST];
        private long[] hashes = new long[1 << 10];
        private int count;

        Lines(InputStream in, Path file, byte[] key) {
            this.in = in;
            this.file = file;
            this.hash = new Hash(key);
        }

        long[] read() throws IOException {
            int length = 0;
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet == 0) {
                    throw refused(file, "holds a zero byte; convert it to UTF-8");
                }
                if (octet == '\n' || octet == '\r') {
                    add(length);
                    length = 0;
                } else if (length < LONGEST && (length > 0 || !space(octet))) {
                    line[length++] = (byte) octet;
                }
            }
            add(length);
            Arrays.sort(hashes, 0, count);
            return distinct();
        }

        private void add(int length) {
            int end = fold(line, length);
            if (end == 0) {
                return;
            }
            if (count == MOST_LINES) {
                throw refused(file, "has more than " + MOST_LINES + " lines");
            }
            if (count == hashes.length) {
                hashes = Arrays.copyOf(hashes, count + (count >> 1));
            }
            hashes[count++] = hash.of(line, end);
        }

        private long[] distinct() {
            int kept = 0;
            for (int at = 0; at < count; at++) {
                if (at == 0 || hashes[at] != hashes[at - 1]) {
                    hashes[kept++] = hashes[at];
                }
            }
            return Arrays.copyOf(hashes, kept);
        }
    }
}

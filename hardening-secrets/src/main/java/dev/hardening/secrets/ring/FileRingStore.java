package dev.hardening.secrets.ring;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps each ring in a file {@code <ring>.json} of one folder, mode 0600, replaced whole and forced to disk.
 *
 * <p>The file is one JSON object, <code>{"version":7,"document":...}</code>. Processes that share the folder take turns
 * by a file lock. Which files and folders are refused is said at {@link PrivateFile}. Blocks on the disk.
 */
public final class FileRingStore implements RingStore {
    private static final int LIMIT = 1 << 20;
    private static final Pattern HEAD = Pattern.compile("\\{\"version\":([1-9][0-9]{0,17}),\"document\":");
    private static final int LONGEST_HEAD = 64;
    private static final byte[] TAIL = "}\n".getBytes(StandardCharsets.US_ASCII);

    private final Path folder;

    /**
     * Uses a folder.
     *
     * @param folder must exist and must not be writable for others
     */
    public FileRingStore(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder").toAbsolutePath();
    }

    @Override
    public Optional<Stored> load(String ring) {
        return file(ring).read(LIMIT).map(content -> parse(ring, content));
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        Objects.requireNonNull(document, "document");
        return file(ring).update(LIMIT, content -> {
            long version = content.map(bytes -> parse(ring, bytes).version()).orElse(0L);
            return version == expectedVersion ? Optional.of(format(version + 1, document)) : Optional.empty();
        });
    }

    private PrivateFile file(String ring) {
        RingName.check(ring);
        return PrivateFile.at(folder.resolve(ring + ".json"));
    }

    private static byte[] format(long version, byte[] document) {
        ByteArrayOutputStream file = new ByteArrayOutputStream(document.length + LONGEST_HEAD);
        file.writeBytes(("{\"version\":" + version + ",\"document\":").getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(document);
        file.writeBytes(TAIL);
        return file.toByteArray();
    }

    private Stored parse(String ring, byte[] file) {
        int headLength = Math.min(file.length, LONGEST_HEAD);
        Matcher head = HEAD.matcher(new String(file, 0, headLength, StandardCharsets.ISO_8859_1));
        int end = file.length - TAIL.length;
        if (!head.lookingAt() || end < head.end() || !Arrays.equals(file, end, file.length, TAIL, 0, TAIL.length)) {
            throw new SecretsUnavailableException(
                    Reason.TAMPERED, "the file of ring " + ring + " in " + folder + " is not what was written");
        }
        return new Stored(Long.parseLong(head.group(1)), Arrays.copyOfRange(file, head.end(), end));
    }
}

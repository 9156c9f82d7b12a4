package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Seals a file into a file, and opens it again; the target appears whole or not at all.
 *
 * <p>What is written goes to a new file beside the target, {@code .<name>.<random>.tmp}, with mode 0600 from the call that
 * creates it, is forced to disk and renamed over the target. When anything fails, or the file is refused, that file is
 * deleted and the target is as it was; after a power cut it may remain. Needs a POSIX file system, less than 1 MiB of
 * memory for any length. Safe for many threads; every method does I/O.
 */
public final class FileSealer {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int BUFFER = 8 * SealFormat.CHUNK;

    private final Sealer sealer;
    private final SecureRandom random;
    private final LongConsumer progress;

    private FileSealer(Sealer sealer, SecureRandom random, LongConsumer progress) {
        this.sealer = sealer;
        this.random = random;
        this.progress = progress;
    }

    static FileSealer of(Sealer sealer, SecureRandom random) {
        return new FileSealer(sealer, random, done -> {});
    }

    /**
     * Adds a listener to how far a file is done.
     *
     * @param bytesDone gets the bytes before sealing, or after opening, that are done; called every 128 KiB on the thread
     *     that works; what it throws is logged and dropped
     * @return a new file sealer
     */
    public FileSealer onProgress(LongConsumer bytesDone) {
        return new FileSealer(sealer, random, Objects.requireNonNull(bytesDone, "bytesDone"));
    }

    /**
     * Seals a file.
     *
     * @param source what to seal
     * @param target where to put it; replaced if it exists
     * @param context the place it belongs to, such as the name and date of a backup
     * @throws SecretsUnavailableException if a file cannot be read or written, or the target would have no mode
     */
    public void seal(Path source, Path target, SealContext context) {
        Objects.requireNonNull(context, "context");
        calling(
                "seal",
                source,
                () -> replace(target, out -> {
                    try (InputStream in = Files.newInputStream(source);
                            OutputStream sealing = sealer.sealing(new Kept(out), context)) {
                        copy(in, sealing);
                    }
                }));
    }

    /**
     * Opens a sealed file.
     *
     * @param source what {@link #seal} made
     * @param target where to put what was sealed; replaced if it exists, and left alone if this is refused
     * @param context the place it was sealed for
     * @return {@link Opening.Opened} with the target, or {@link Opening.Refused}
     * @throws SecretsUnavailableException if a file cannot be read or written, the target would have no mode, or the key
     *     is not known and the store of the ring cannot be asked
     */
    public Opening<Path> open(Path source, Path target, SealContext context) {
        Objects.requireNonNull(context, "context");
        return calling("open", source, () -> {
            try {
                Path written = replace(target, out -> {
                    try (InputStream opening = sealer.opening(Files.newInputStream(source), context)) {
                        copy(opening, out);
                    }
                });
                return new Opening.Opened<>(written);
            } catch (RefusedException refused) {
                return refused.refusal();
            }
        });
    }

    /** A stream that the sealing stream does not close, since the file must be forced to disk first. */
    private static final class Kept extends OutputStream {
        private final OutputStream out;

        Kept(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int single) throws IOException {
            out.write(single);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }

    /** Writes a file. */
    private interface Filling {
        void into(OutputStream out) throws IOException;
    }

    /** Does something with files. */
    private interface Work<T> {
        T run() throws IOException;
    }

    private void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        ProgressTeller<Long> teller = new ProgressTeller<>(progress::accept);
        for (int read = in.readNBytes(buffer, 0, BUFFER); read > 0; read = in.readNBytes(buffer, 0, BUFFER)) {
            out.write(buffer, 0, read);
            done += read;
            teller.tell(done);
        }
    }

    private Path replace(Path target, Filling filling) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path folder = Objects.requireNonNull(absolute.getParent(), "target names no file");
        // Asked first: some file systems take a mode and drop it.
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            throw new SecretsUnavailableException(folder + " is on a file system without POSIX permissions");
        }
        Path fresh = folder.resolve("." + absolute.getFileName() + "." + suffix() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(fresh, CREATE, OWNER_ONLY)) {
                filling.into(Channels.newOutputStream(channel));
                channel.force(true);
            }
            Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
            opened.force(true);
        }
        return absolute;
    }

    private String suffix() {
        byte[] bytes = new byte[SealFormat.KEY_ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static <T> T calling(String action, Path path, Work<T> work) {
        try {
            return work.run();
        } catch (IOException | UnsupportedOperationException failure) {
            throw new SecretsUnavailableException("cannot " + action + " " + path, failure);
        }
    }
}

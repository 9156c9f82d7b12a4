package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.FreshFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Seals a file into a file, and opens it again; the target appears whole or not at all.
 *
 * <p>What is written goes to a new file beside the target, {@code .hardening-secrets-<random>.tmp}, with mode 0600 from
 * the call that creates it, is forced to disk and renamed over the target. When anything fails, or the file is refused,
 * that file is deleted and the target is as it was. Where the process ends meanwhile, by a signal, a kill or a power cut,
 * that file remains, with what was opened until then; nothing deletes it later. Who must not leave it writes into a
 * stream, and deletes the file of that in a shutdown hook, as the command line does.
 *
 * <p>Needs a POSIX file system for the target, and less than 1 MiB of memory for any length. Safe for many threads; every method does I/O.
 */
public final class FileSealer {
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
     * @throws IllegalArgumentException if {@code target} has no file name
     * @throws SecretsUnavailableException if a file cannot be read or written, or the target would have no mode
     */
    public void seal(Path source, Path target, SealContext context) {
        Objects.requireNonNull(context, "context");
        calling(
                "seal",
                source,
                () -> replace(target, out -> {
                    copySealed(source, out, context);
                    return true;
                }));
    }

    /**
     * Seals a file into a stream, for who keeps the target in another way.
     *
     * @param source what to seal
     * @param to gets the sealed bytes; neither flushed nor closed. If this throws, throw away what was written
     * @param context the place it belongs to
     * @throws SecretsUnavailableException if the file cannot be read or the stream cannot be written
     */
    public void seal(Path source, OutputStream to, SealContext context) {
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(context, "context");
        calling("seal", source, () -> copySealed(source, to, context));
    }

    /**
     * Opens a sealed file.
     *
     * @param source what {@link #seal(Path, Path, SealContext)} made
     * @param target where to put what was sealed; replaced if it exists, and left alone if this is refused
     * @param context the place it was sealed for
     * @return {@link Opening.Opened} with the target, or {@link Opening.Refused}
     * @throws IllegalArgumentException if {@code target} has no file name
     * @throws SecretsUnavailableException if a file cannot be read or written, the target would have no mode, or the key
     *     is not known and the store of the ring cannot be asked
     */
    public Opening<Path> open(Path source, Path target, SealContext context) {
        Objects.requireNonNull(context, "context");
        return refusable(
                source,
                () -> replace(target, out -> {
                    copyOpened(source, out, context);
                    return true;
                }));
    }

    /**
     * Opens a sealed file into a stream, for who keeps the target in another way.
     *
     * <p>What was written before a refusal is genuine, but only a beginning: throw it away.
     *
     * @param source what {@link #seal(Path, Path, SealContext)} made
     * @param to gets what was sealed; neither flushed nor closed
     * @param context the place it was sealed for
     * @return {@link Opening.Opened} with the number of bytes, or {@link Opening.Refused}
     * @throws SecretsUnavailableException if the file cannot be read, the stream cannot be written, or the key is not
     *     known and the store of the ring cannot be asked
     */
    public Opening<Long> open(Path source, OutputStream to, SealContext context) {
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(context, "context");
        return refusable(source, () -> copyOpened(source, to, context));
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

    /** Does something with files. */
    private interface Work<T> {
        T run() throws IOException;
    }

    private long copySealed(Path source, OutputStream to, SealContext context) throws IOException {
        try (InputStream in = Files.newInputStream(source);
                OutputStream sealing = sealer.sealing(new Kept(to), context)) {
            return copy(in, sealing);
        }
    }

    private long copyOpened(Path source, OutputStream to, SealContext context) throws IOException {
        try (InputStream opening = sealer.opening(Files.newInputStream(source), context)) {
            return copy(opening, to);
        }
    }

    private long copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        ProgressTeller<Long> teller = new ProgressTeller<>(progress::accept);
        for (int read = in.readNBytes(buffer, 0, BUFFER); read > 0; read = in.readNBytes(buffer, 0, BUFFER)) {
            out.write(buffer, 0, read);
            done += read;
            teller.tell(done);
        }
        return done;
    }

    private Path replace(Path target, FreshFile.Filling filling) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder == null) {
            throw new IllegalArgumentException("target must have a file name, got " + target);
        }
        if (!absolute.equals(absolute.normalize())) {
            // What link/.. is only the file system knows.
            folder = folder.toRealPath();
            absolute = folder.resolve(absolute.getFileName());
        }
        try (FreshFile fresh = FreshFile.in(folder, random)) {
            fresh.fill(filling);
            fresh.replace(absolute);
        }
        try {
            FreshFile.settle(absolute);
        } catch (IOException failure) {
            throw new SecretsUnavailableException(absolute + FreshFile.UNSETTLED, failure);
        }
        return absolute;
    }

    private static <T> Opening<T> refusable(Path source, Work<T> work) {
        return calling("open", source, () -> {
            try {
                return new Opening.Opened<>(work.run());
            } catch (RefusedException refused) {
                return refused.refusal();
            }
        });
    }

    private static <T> T calling(String action, Path path, Work<T> work) {
        try {
            return work.run();
        } catch (IOException | UnsupportedOperationException failure) {
            throw new SecretsUnavailableException("cannot " + action + " " + path, failure);
        }
    }
}

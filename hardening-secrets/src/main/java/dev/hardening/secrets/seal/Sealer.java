package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * Seals bytes so that they open only under the ring's keys, only in the place they were sealed for, and only whole.
 *
 * <p>The ACTIVE key seals; ACTIVE and RETIRING keys open; what a DISABLED key sealed is refused. Each message has a key
 * of its own, derived from the ring's key, a random salt and the place, and a commitment to it, so there is no limit of
 * 2^32 messages and no message that opens under two keys. The format is in the guide.
 *
 * <p>{@link #seal} and {@link #open} are for what fits in memory, 64 MiB if nothing else was said. Safe for many
 * threads. Takes no lock; asks the ring for every message, which may read its store.
 */
public final class Sealer {
    private final Preamble preamble;
    private final SealSettings settings;
    private final ChunkCiphers ciphers = new ChunkCiphers();

    Sealer(SealKeys keys, SealSettings settings) {
        this.preamble = new Preamble(keys, settings);
        this.settings = settings;
    }

    /**
     * Makes a sealer with the limits as they are.
     *
     * @param ring of kind {@link KeyKind#AES_256}
     * @return the sealer
     * @throws SecretsConfigurationException if the ring is of another kind
     */
    public static Sealer of(KeyRing ring) {
        return builder().ring(ring).build();
    }

    /**
     * Starts a sealer; {@code ring} is mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Seals bytes.
     *
     * @param plain what to seal; may be empty
     * @param context the place it belongs to
     * @return a new array: 83 bytes more, and 16 more for each whole 16 KiB
     * @throws IllegalArgumentException if {@code plain} is longer than the limit
     */
    public byte[] seal(byte[] plain, SealContext context) {
        Objects.requireNonNull(plain, "plain");
        Objects.requireNonNull(context, "context");
        if (plain.length > settings.messageLimit()) {
            throw new IllegalArgumentException(
                    "a message must have at most " + settings.messageLimit() + " bytes, got " + plain.length);
        }
        SealKey key = preamble.active();
        byte[] sealed = new byte[(int) SealFormat.sealedLength(plain.length)];
        MessageKey message = preamble.write(key, sealed, context);
        try {
            WholeMessage.seal(ciphers, message, plain, sealed);
        } finally {
            message.wipe();
        }
        settings.count(key, plain.length);
        return sealed;
    }

    /**
     * Opens what {@link #seal} made.
     *
     * @param sealed anything, of any origin
     * @param context the place it was sealed for
     * @return {@link Opening.Opened} with the bytes, or {@link Opening.Refused} for everything that was not sealed by a
     *     key of the ring for that place, or is not whole
     * @throws SecretsUnavailableException if its key is not known and the store of the ring cannot be asked
     */
    public Opening<byte[]> open(byte[] sealed, SealContext context) {
        Objects.requireNonNull(sealed, "sealed");
        Objects.requireNonNull(context, "context");
        if (!SealFormat.fits(sealed.length) || SealFormat.length(sealed.length) > settings.messageLimit()) {
            return new Opening.Refused<>();
        }
        return preamble.read(sealed, context).fold(message -> opened(message, sealed), Opening.Refused::of);
    }

    /**
     * Tells which key a message names; nothing is checked.
     *
     * @param sealed anything
     * @return 16 hexadecimal digits, or empty if it does not begin as a sealed message does
     */
    public static Optional<String> keyIdOf(byte[] sealed) {
        return SealFormat.marked(sealed) ? Optional.of(SealFormat.keyId(sealed)) : Optional.empty();
    }

    /**
     * Tells whether a message should be sealed anew, so that its key can be disabled one day.
     *
     * @param sealed anything
     * @return whether it names another key than the ACTIVE one; what is no sealed message does not
     */
    public boolean needsRewrap(byte[] sealed) {
        return keyIdOf(sealed).filter(id -> !id.equals(preamble.active().id())).isPresent();
    }

    /**
     * Seals a message anew under the ACTIVE key; one that is already is given back as it came, once it has opened.
     *
     * @param sealed anything
     * @param context the place it was sealed for, and will be
     * @return the message to keep instead, or a refusal as {@link #open} gives it
     * @throws SecretsUnavailableException if its key is not known and the store of the ring cannot be asked
     */
    public Opening<byte[]> rewrap(byte[] sealed, SealContext context) {
        return open(sealed, context)
                .fold(plain -> new Opening.Opened<>(rewrapped(sealed, plain, context)), refused -> refused);
    }

    /**
     * Seals what is written into the stream that this gives; memory use does not grow with the length.
     *
     * <p>Closing it ends the message and closes {@code to}. What is not ended is refused on opening, so where writing
     * fails midway, throw away what was written: a closed stream cannot know that something is missing.
     *
     * @param to gets the sealed bytes, in pieces of 16 KiB
     * @param context the place it belongs to
     * @return a stream for one thread; {@code flush} cannot force out a piece that is not full
     */
    public OutputStream sealing(OutputStream to, SealContext context) {
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(context, "context");
        return new SealingStream(new StreamParts(preamble, settings, ciphers, context), to);
    }

    /**
     * Opens a stream; nothing is handed out before it was checked, and the end only if it is the true end.
     *
     * <p>Reading ends in an {@link IOException} whose cause is an {@link AEADBadTagException} if it is refused, with one
     * message for all reasons; every later reading ends so too. What was read before is genuine, but only the
     * beginning of what was sealed. Reading ends in {@link SecretsUnavailableException} if the key is not known and the
     * store of the ring cannot be asked.
     *
     * @param from what {@link #sealing} wrote; read from where it stands to its end
     * @param context the place it was sealed for
     * @return a stream for one thread; nothing is read before the first reading, closing it closes {@code from}
     */
    public InputStream opening(InputStream from, SealContext context) {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(context, "context");
        return new OpeningStream(new StreamParts(preamble, settings, ciphers, context), from);
    }

    /**
     * Opens any part of what was sealed, such as a file, without reading what comes before.
     *
     * <p>The length is genuine: the last piece is checked before anything else. Refusals are as those of
     * {@link #opening(InputStream, SealContext)}.
     *
     * @param from the whole of what {@link #sealing} wrote, from position 0 on
     * @param context the place it was sealed for
     * @return a channel to read from, for one thread; nothing is read before its first use, closing it closes
     *     {@code from}
     */
    public SeekableByteChannel opening(SeekableByteChannel from, SealContext context) {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(context, "context");
        return new OpeningChannel(new StreamParts(preamble, settings, ciphers, context), from);
    }

    /**
     * Makes a sealer of whole files.
     *
     * @return a file sealer on this one's ring and limits
     */
    public FileSealer files() {
        return FileSealer.of(this, settings.random());
    }

    /**
     * Makes a sealer for the values of one column.
     *
     * @param table the table, or whatever the rows are called
     * @param column the column
     * @return a sealer of texts, on this one's ring
     */
    public FieldCipher field(String table, String column) {
        return new FieldCipher(this, SealContext.of(table, column));
    }

    /**
     * Counts what a key sealed by this sealer since it was made; other sealers, here or elsewhere, count for themselves.
     *
     * @return the messages and streams under the key that is ACTIVE now
     */
    public long sealedUnderActiveKey() {
        return preamble.active().messages();
    }

    private byte[] rewrapped(byte[] sealed, byte[] plain, SealContext context) {
        try {
            return needsRewrap(sealed) ? seal(plain, context) : sealed;
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    private Opening<byte[]> opened(MessageKey message, byte[] sealed) {
        byte[] plain = new byte[(int) SealFormat.length(sealed.length)];
        try {
            if (WholeMessage.open(ciphers, message, sealed, plain)) {
                return new Opening.Opened<>(plain);
            }
        } finally {
            message.wipe();
        }
        Arrays.fill(plain, (byte) 0);
        return new Opening.Refused<>();
    }

    /** Collects what a sealer needs; not safe for many threads. */
    public static final class Builder {
        private @Nullable KeyRing ring;
        private SecureRandom random = new SecureRandom();
        private SealListener listener = new SealListener() {};
        private int messageLimit = SealSettings.MESSAGE_LIMIT;
        private long streamLimit = SealSettings.STREAM_LIMIT;

        private Builder() {}

        /**
         * Gives the keys; mandatory.
         *
         * @param keyRing of kind {@link KeyKind#AES_256}
         * @return this builder
         */
        public Builder ring(KeyRing keyRing) {
            ring = Objects.requireNonNull(keyRing, "keyRing");
            return this;
        }

        /**
         * Gives the source of the salts; a {@link SecureRandom} of its own if not called.
         *
         * @param source must never repeat itself
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Gives who hears that a key is worn; nobody if not called, and then only the log tells.
         *
         * @param sealListener called on the thread that seals
         * @return this builder
         */
        public Builder listener(SealListener sealListener) {
            listener = Objects.requireNonNull(sealListener, "sealListener");
            return this;
        }

        /**
         * Says how long a message in memory may be, to seal and to open; 64 MiB if not called.
         *
         * @param bytes 1 to 1 GiB, before sealing
         * @return this builder
         */
        public Builder messageLimit(int bytes) {
            messageLimit = bytes;
            return this;
        }

        /**
         * Says how long a stream may be, to seal and to open; 1 TiB if not called.
         *
         * @param bytes 1 to 64 TiB, before sealing
         * @return this builder
         */
        public Builder streamLimit(long bytes) {
            streamLimit = bytes;
            return this;
        }

        /**
         * Makes the sealer.
         *
         * @return the sealer
         * @throws SecretsConfigurationException with every fault of what was given
         */
        public Sealer build() {
            String name = ring == null ? "" : ring.name();
            SealSettings settings = new SealSettings(name, random, listener, messageLimit, streamLimit);
            return new Sealer(new RingSealKeys(settings.checked(ring)), settings);
        }
    }
}

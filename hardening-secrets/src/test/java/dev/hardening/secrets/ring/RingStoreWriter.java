package dev.hardening.secrets.ring;

import dev.hardening.secrets.jdbc.JdbcRingStore;
import java.nio.file.Path;
import java.util.Arrays;
import org.postgresql.ds.PGSimpleDataSource;

/** Replaces a ring, each time by one byte repeated, and prints each version that was stored, until it is killed. */
public final class RingStoreWriter {
    static final int SIZE = 200_000;

    private RingStoreWriter() {}

    public static void main(String[] arguments) {
        RingStore store = store(arguments[0]);
        for (long version = 0; ; version++) {
            byte[] document = new byte[SIZE];
            Arrays.fill(document, letter(version + 1));
            if (!store.compareAndSet(arguments[1], version, document)) {
                throw new IllegalStateException("nobody else writes this ring, and yet it changed");
            }
            System.out.println("stored " + (version + 1));
        }
    }

    static byte letter(long version) {
        return (byte) ('a' + version % 26);
    }

    private static RingStore store(String place) {
        if (!place.startsWith("jdbc:")) {
            return new FileRingStore(Path.of(place));
        }
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(place);
        return new JdbcRingStore(source);
    }
}

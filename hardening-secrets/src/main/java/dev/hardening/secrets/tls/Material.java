package dev.hardening.secrets.tls;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Where a key and its chain come from. */
interface Material {
    /** The files to watch, of which the first holds the certificate. */
    List<Path> files();

    /** The file that must not be read by everybody. */
    Path keyFile();

    /** Reads key and chain out of what the files held. */
    Identity identity(List<byte[]> contents, Instant now) throws UnusableException;

    /** Wipes what it kept to read the files. */
    default void close() {}
}

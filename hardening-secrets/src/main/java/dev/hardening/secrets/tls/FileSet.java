package dev.hardening.secrets.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Files that belong together, read as of one moment where the file system can tell.
 *
 * <p>Kubernetes shows a mounted secret as {@code name -> ..data/name} and switches {@code ..data} to a new folder by one
 * rename. Reading through the link for each file could see the switch in between; so the link is followed once, all
 * files are read in the folder it led to, and it is looked at again afterwards. Elsewhere the files are read one after
 * another, and whether key and certificate fit tells if that was in the middle of a change.
 */
final class FileSet {
    private static final int MAX_FILE = 1024 * 1024;
    private static final int TRIES = 5;

    private final List<Path> files;

    FileSet(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** What the files held, in their order. */
    record Content(List<byte[]> bytes, String digest) {}

    Content read() throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Map<Path, Path> folders = folders();
                List<byte[]> bytes = new ArrayList<>();
                for (Path file : files) {
                    bytes.add(bytes(place(file, folders)));
                }
                if (folders.equals(folders())) {
                    return new Content(bytes, digest(bytes));
                }
            } catch (NoSuchFileException gone) {
                if (attempt >= TRIES) {
                    throw gone;
                }
            }
            if (attempt >= TRIES) {
                throw new IOException("the folder of " + files.get(0) + " changes too fast");
            }
        }
    }

    /** Where the data link of each folder leads now; empty for folders without one. */
    private Map<Path, Path> folders() throws IOException {
        Map<Path, Path> folders = new LinkedHashMap<>();
        for (Path file : files) {
            Path folder = file.resolveSibling("");
            Path data = file.resolveSibling("..data");
            if (Files.isSymbolicLink(data)) {
                folders.put(folder, data.toRealPath());
            }
        }
        return folders;
    }

    private static Path place(Path file, Map<Path, Path> folders) throws IOException {
        Path real = folders.get(file.resolveSibling(""));
        Path name = Objects.requireNonNull(file.getFileName(), "a file has a name");
        if (real == null
                || !Files.isSymbolicLink(file)
                || !Files.readSymbolicLink(file)
                        .equals(name.resolveSibling("..data").resolve(name))) {
            return file;
        }
        return real.resolve(name);
    }

    /** The first file that users other than owner and group may read, if the file system knows of such a thing. */
    static Optional<Path> exposed(Path file) {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            return mode.contains(PosixFilePermission.OTHERS_READ) || mode.contains(PosixFilePermission.OTHERS_WRITE)
                    ? Optional.of(file)
                    : Optional.empty();
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
    }

    /** Opening a pipe waits for whoever writes it, so what is no regular file is not opened. */
    private static byte[] bytes(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
            throw new IOException(file + " is not a regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_FILE + 1);
            if (content.length > MAX_FILE) {
                throw new IOException(file + " is larger than " + MAX_FILE + " bytes");
            }
            return content;
        }
    }

    private static String digest(List<byte[]> contents) {
        try {
            MessageDigest whole = MessageDigest.getInstance("SHA-256");
            for (byte[] content : contents) {
                whole.update(MessageDigest.getInstance("SHA-256").digest(content));
            }
            return HexFormat.of().formatHex(whole.digest());
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }
}

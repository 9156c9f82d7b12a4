package dev.hardening.examples.lms.postgres;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of the server, unpacked once below the data folder.
 *
 * <p>The folder is named by the checksum of the archive, appears by a rename when it is complete, and replaces those of
 * other versions. Nothing lies in a shared temporary folder, where another user could plant a program.
 */
final class PostgresBinaries {
    private static final String PREFIX = "postgresql-";

    private final Path folder;

    private PostgresBinaries(Path folder) {
        this.folder = folder;
    }

    /** Refuses where there is nothing to unpack, before anything else is tried. */
    static URL requirePlatform() {
        return archive(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static PostgresBinaries unpack(Path home, boolean readableByOthers) {
        try {
            JarURLConnection entry = jar(requirePlatform().openConnection());
            String checksum =
                    HexFormat.of().toHexDigits((int) entry.getJarEntry().getCrc());
            Path folder = home.resolve(PREFIX + checksum + (readableByOthers ? "-shared" : ""));
            if (!Files.isDirectory(folder)) {
                Path draft = home.resolve("." + PREFIX + checksum + ".new");
                PrivateFiles.delete(draft);
                try (InputStream in = entry.getInputStream()) {
                    unpack(in, draft, readableByOthers);
                }
                PrivateFiles.move(draft, folder);
            }
            return new PostgresBinaries(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static URL archive(String system, String architecture) {
        String machine = switch (architecture.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64" -> "arm_64";
            default -> "";
        };
        URL found = system.equals("Linux") && !machine.isEmpty()
                ? PostgresBinaries.class.getResource("/postgres-linux-" + machine + ".txz")
                : null;
        if (found == null) {
            throw new PostgresUnavailableException("there is no embedded PostgreSQL for " + system + " on "
                    + architecture + ": set LMS_DATABASE_URL to jdbc:postgresql://... of a server of your own");
        }
        return found;
    }

    String program(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    /** Deletes what other versions and broken starts left; no server may run from it any more. */
    void deleteOthers() {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder.resolveSibling(""), PREFIX + "*")) {
            for (Path other : found) {
                if (!other.getFileName().equals(folder.getFileName())) {
                    PrivateFiles.delete(other);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static JarURLConnection jar(URLConnection connection) throws IOException {
        if (connection instanceof JarURLConnection jar) {
            return jar;
        }
        throw new IOException("the PostgreSQL archive must lie in a jar, not at " + connection.getURL());
    }

    private static void unpack(InputStream packed, Path target, boolean readableByOthers) throws IOException {
        TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed, 1 << 16)));
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            Path path = target.resolve(entry.getName()).normalize();
            if (!path.startsWith(target)) {
                throw new IOException("the PostgreSQL archive leaves its folder: " + entry.getName());
            }
            write(tar, entry, path, readableByOthers);
        }
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path path, boolean readableByOthers)
            throws IOException {
        if (entry.isDirectory()) {
            folder(path, readableByOthers);
            return;
        }
        folder(path.resolveSibling(""), readableByOthers);
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            Files.setPosixFilePermissions(path, mode((entry.getMode() & 0100) != 0, readableByOthers));
        }
    }

    /** The archive does not list every folder, so each is made where it is first needed. */
    private static void folder(Path folder, boolean readableByOthers) throws IOException {
        if (!Files.isDirectory(folder)) {
            folder(folder.resolveSibling(""), readableByOthers);
            Files.createDirectory(folder);
            Files.setPosixFilePermissions(folder, mode(true, readableByOthers));
        }
    }

    private static Set<PosixFilePermission> mode(boolean executable, boolean readableByOthers) {
        Set<PosixFilePermission> mode = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (executable) {
            mode.add(PosixFilePermission.OWNER_EXECUTE);
        }
        if (readableByOthers) {
            mode.add(PosixFilePermission.OTHERS_READ);
            if (executable) {
                mode.add(PosixFilePermission.OTHERS_EXECUTE);
            }
        }
        return mode;
    }
}

package dev.hardening.secrets.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The mounts this process sees, from {@code /proc/self/mountinfo} (proc(5)); none where there is no such file.
 *
 * <p>A file that is mounted by itself shows its inode of that time for ever: neither a new version of a Kubernetes secret
 * (a {@code subPath} mount) nor a file that was renamed into its place ever shows there.
 */
final class MountTable {
    static final Path OF_THIS_PROCESS = Path.of("/proc/self/mountinfo");
    private static final int ROOT = 3;
    private static final int MOUNT_POINT = 4;
    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");
    private static final Pattern VERSION_FOLDER = Pattern.compile("(^|.*/)\\.\\.[0-9][^/]*(/.*|$)");

    private final Map<Path, String> rootByPoint;

    private MountTable(Map<Path, String> rootByPoint) {
        this.rootByPoint = rootByPoint;
    }

    static MountTable read(Path file) {
        try {
            return parse(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
        } catch (IOException notLinux) {
            return new MountTable(Map.of());
        }
    }

    /** Bytes are read as Latin-1 and put together again, since a path is bytes and an escape is one of them. */
    static MountTable parse(List<String> lines) {
        Map<Path, String> mounts = new LinkedHashMap<>();
        for (String line : lines) {
            String[] fields = line.split(" ", -1);
            if (fields.length > MOUNT_POINT && fields[MOUNT_POINT].startsWith("/")) {
                path(text(fields[MOUNT_POINT])).ifPresent(point -> mounts.put(point, text(fields[ROOT])));
            }
        }
        return new MountTable(mounts);
    }

    /** In a C locale Java has no path for a name that is not ASCII, so nothing can be read there either. */
    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException unspeakable) {
            return Optional.empty();
        }
    }

    private static String text(String field) {
        String bytes = ESCAPED.matcher(field).replaceAll(octal -> {
            char one = (char) Integer.parseInt(octal.group(1), 8);
            return one == '\\' || one == '$' ? "\\" + one : String.valueOf(one);
        });
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** Whether something is mounted at exactly this path. */
    boolean isMountPoint(Path real) {
        return rootByPoint.containsKey(real);
    }

    /** Whether a folder shows one version of a Kubernetes volume, which is what a {@code subPath} of it does. */
    boolean showsOneVersion(Path real) {
        String root = rootByPoint.get(real);
        return root != null && VERSION_FOLDER.matcher(root).matches();
    }
}

package dev.hardening.secrets.scan;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/** Which files of a tree are wanted: what the globs name, and no folder that holds nothing of its own. */
final class Selection {
    private static final Set<String> SKIPPED_FOLDERS = Set.of(".git", "target", "node_modules");

    private final List<PathMatcher> included;
    private final List<PathMatcher> excluded;

    private Selection(List<PathMatcher> included, List<PathMatcher> excluded) {
        this.included = included;
        this.excluded = excluded;
    }

    static Selection of(List<String> included, List<String> excluded, List<String> faults) {
        return new Selection(matchers(included, faults), matchers(excluded, faults));
    }

    private static List<PathMatcher> matchers(List<String> globs, List<String> faults) {
        List<PathMatcher> matchers = new ArrayList<>();
        for (String glob : globs) {
            try {
                matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + glob));
            } catch (PatternSyntaxException malformed) {
                faults.add("the glob " + glob + " is malformed");
            }
        }
        return List.copyOf(matchers);
    }

    /** Whether a walk goes into a folder. */
    boolean entered(Path folder) {
        Path name = folder.getFileName();
        return (name == null || !SKIPPED_FOLDERS.contains(name.toString())) && !excluded(folder);
    }

    /** Whether the globs leave a file in, whatever folder it is in. */
    boolean wanted(Path file) {
        for (Path each = file; each != null; each = each.getParent()) {
            if (excluded(each)) {
                return false;
            }
        }
        return included.isEmpty() || included.stream().anyMatch(glob -> glob.matches(file));
    }

    /** The same for a name; one that this system cannot spell is matched by no glob and so is not left out. */
    boolean wanted(String file) {
        try {
            return wanted(Path.of(file));
        } catch (InvalidPathException unspeakable) {
            return true;
        }
    }

    /** Whether a walk comes to a file. */
    boolean reached(String file) {
        try {
            Path path = Path.of(file);
            for (Path folder = path.getParent(); folder != null; folder = folder.getParent()) {
                if (!entered(folder)) {
                    return false;
                }
            }
            return wanted(path);
        } catch (InvalidPathException unspeakable) {
            return false;
        }
    }

    private boolean excluded(Path path) {
        return excluded.stream().anyMatch(glob -> glob.matches(path));
    }
}

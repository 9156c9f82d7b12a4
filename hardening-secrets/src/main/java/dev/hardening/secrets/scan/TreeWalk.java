package dev.hardening.secrets.scan;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Walks a tree without following links, in each folder in the order of names: what is read first, and so what a full
 * report still has room for, is the same on every machine.
 */
final class TreeWalk {
    private static final Comparator<Path> BY_NAME =
            Comparator.comparing(entry -> entry.getFileName().toString());

    private final Path root;
    private final Selection selection;
    private final Visitor visitor;

    TreeWalk(Path root, Selection selection, Visitor visitor) {
        this.root = root;
        this.selection = selection;
        this.visitor = visitor;
    }

    /** Hears of what a walk comes to. */
    interface Visitor {
        /** A file, a link, or what is neither. */
        void file(Path file, BasicFileAttributes attributes);

        /** A folder that cannot be listed to its end, or an entry that cannot be looked at. */
        void unreadable(Path path);
    }

    /** Keeps a list of its own of the folders it is in: a tree may be deeper than a stack. */
    void walk() {
        Deque<Iterator<Path>> open = new ArrayDeque<>();
        open.push(entries(root));
        while (!open.isEmpty()) {
            Iterator<Path> folder = open.element();
            if (!folder.hasNext()) {
                open.pop();
            } else {
                Path entry = folder.next();
                if (entered(entry)) {
                    open.push(entries(entry));
                }
            }
        }
    }

    private Iterator<Path> entries(Path folder) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(entries::add);
        } catch (IOException | DirectoryIteratorException broken) {
            visitor.unreadable(folder);
        }
        entries.sort(BY_NAME);
        return entries.iterator();
    }

    /** Whether an entry is a folder to go into; of any other the visitor hears. */
    private boolean entered(Path entry) {
        Path relative = root.relativize(entry);
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (attributes.isDirectory()) {
                return selection.entered(relative);
            }
            if (selection.wanted(relative)) {
                visitor.file(entry, attributes);
            }
        } catch (IOException broken) {
            visitor.unreadable(entry);
        }
        return false;
    }
}

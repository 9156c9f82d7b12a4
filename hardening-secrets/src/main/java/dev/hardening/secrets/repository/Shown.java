package dev.hardening.secrets.repository;

import dev.hardening.secrets.internal.Printable;

/** Names of a repository, which may hold what a shell takes for an order, as people paste them. */
final class Shown {
    private Shown() {}

    /** As one word of a POSIX shell; one that had to be changed to be shown is a pattern that finds it. */
    static String word(String path) {
        return "'" + Printable.of(path).replace("'", "'\\''") + "'";
    }
}

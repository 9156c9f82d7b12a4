package dev.hardening.secrets.repository;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What {@link GitGuard} found: {@link Guarded} if git answered, {@link Unguarded} if it could not be asked.
 */
public sealed interface GuardReport {
    /**
     * Git answered.
     *
     * @param ignoreFile the {@code .gitignore} that holds the block
     * @param block what became of the block, or would become of it
     * @param findings what is still wrong, tracked files first; empty if nothing is
     */
    record Guarded(Path ignoreFile, Block block, List<Finding> findings) implements GuardReport {
        /**
         * Copies the findings.
         *
         * @param ignoreFile the file that holds the block
         * @param block what became of the block
         * @param findings what is still wrong
         */
        public Guarded {
            Objects.requireNonNull(ignoreFile, "ignoreFile");
            Objects.requireNonNull(block, "block");
            findings = List.copyOf(findings);
        }

        /**
         * Tells whether all is well.
         *
         * @return whether the block is there and nothing was found
         */
        public boolean clean() {
            return block == Block.UNCHANGED && findings.isEmpty();
        }
    }

    /**
     * Git could not be asked, or its file not be changed; nothing was changed.
     *
     * @param reason why, for a program
     * @param message why, for people
     */
    record Unguarded(Reason reason, String message) implements GuardReport {
        /**
         * Checks that both are there.
         *
         * @param reason why, for a program
         * @param message why, for people
         */
        public Unguarded {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(message, "message");
        }
    }

    /** What became of the block, or would become of it. */
    enum Block {
        /** It was there as it should be. */
        UNCHANGED,
        /** It was not there. */
        ADDED,
        /** It was there with other lines. */
        UPDATED
    }

    /** Why git could not be asked. */
    enum Reason {
        /** There is no {@code git} in a folder of the {@code PATH}. */
        NO_GIT,
        /** The folder is not in the work tree of a repository. */
        NO_REPOSITORY,
        /** Git refused, failed, or did not end in time: a repository of another user, a broken one, a huge one. */
        NO_ANSWER,
        /** The {@code .gitignore} is a link, no text, too large, cannot be written, or holds half a block. */
        IGNORE_FILE
    }

    /**
     * A file that is not kept out of the repository, or is although it belongs there.
     *
     * @param kind what is wrong
     * @param path relative to the folder of the guard, with slashes
     * @param remedy what to do
     */
    record Finding(Kind kind, String path, String remedy) {
        /**
         * Checks that all is there.
         *
         * @param kind what is wrong
         * @param path relative to the folder of the guard
         * @param remedy what to do
         */
        public Finding {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(remedy, "remedy");
        }

        /** What is wrong. */
        public enum Kind {
            /** Git tracks the file, which a {@code .gitignore} does not end: what it holds is published. */
            TRACKED,
            /** A file of this name would not be ignored: a later rule, or one nearer to it, takes it back. */
            NOT_IGNORED,
            /** A file of this name belongs into the repository and would be ignored. */
            WRONGLY_IGNORED
        }
    }
}

package dev.hardening.ratelimit.concurrency;

/** Says what a request is worth while there is not room for all, the most important first. */
public enum Priority {
    /** Must go on while anything does: handing in an exam, saving work, signing out. */
    CRITICAL(0),
    /** What most requests are. */
    NORMAL(1),
    /** Can wait or be done without: reports, search, prefetching, other programs. */
    LOW(2);

    /** How many are more important. */
    final int rank;

    Priority(int rank) {
        this.rank = rank;
    }
}

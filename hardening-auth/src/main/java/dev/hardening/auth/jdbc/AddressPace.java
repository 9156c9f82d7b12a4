package dev.hardening.auth.jdbc;

/** How many rows go into a statement: half of one that ran out of time, and twice as many as one that did not. */
final class AddressPace {
    private int most = Integer.MAX_VALUE;

    int of(int rows) {
        return Math.min(rows, most);
    }

    void ranOut(int rows) {
        most = Math.max(1, rows / 2);
    }

    void wentThrough(int rows) {
        most = Math.max(most, (int) Math.min(Integer.MAX_VALUE, 2L * rows));
    }
}

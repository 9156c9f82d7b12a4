package dev.hardening.secrets.scan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Finds all keywords of all rules in one pass, a table look-up a byte (Aho and Corasick, 1975).
 *
 * <p>Letters are compared without regard to case. The automaton is complete: there is one next state for each state
 * and byte, so nothing is read twice. Bytes that no keyword holds share a column, which keeps the table in the cache.
 */
final class Keywords {
    private final byte[] columns = new byte[256];
    private final int width;
    private final short[] next;
    private final int[][] hits;

    Keywords(List<String> keywords) {
        width = assignColumns(keywords);
        List<int[]> children = new ArrayList<>();
        List<List<Integer>> ends = new ArrayList<>();
        children.add(emptyRow());
        ends.add(new ArrayList<>());
        for (int keyword = 0; keyword < keywords.size(); keyword++) {
            insert(keywords.get(keyword), keyword, children, ends);
        }
        complete(children, ends);
        next = new short[children.size() * width];
        hits = new int[children.size()][];
        for (int state = 0; state < children.size(); state++) {
            for (int column = 0; column < width; column++) {
                next[state * width + column] = (short) children.get(state)[column];
            }
            hits[state] = ends.get(state).stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** The state after a byte; 0 is the start. */
    int next(int state, byte octet) {
        return next[state * width + columns[octet & 0xff]];
    }

    /** The keywords that end in a state, most often none. */
    int[] hits(int state) {
        return hits[state];
    }

    private int assignColumns(List<String> keywords) {
        int count = 1;
        for (String keyword : keywords) {
            for (char symbol : keyword.toLowerCase(Locale.ROOT).toCharArray()) {
                if (columns[symbol] == 0) {
                    columns[symbol] = (byte) count;
                    columns[Character.toUpperCase(symbol)] = (byte) count;
                    count++;
                }
            }
        }
        return count;
    }

    private int[] emptyRow() {
        int[] row = new int[width];
        Arrays.fill(row, -1);
        return row;
    }

    private void insert(String keyword, int id, List<int[]> children, List<List<Integer>> ends) {
        int state = 0;
        for (char symbol : keyword.toLowerCase(Locale.ROOT).toCharArray()) {
            int column = columns[symbol];
            if (children.get(state)[column] < 0) {
                children.get(state)[column] = children.size();
                children.add(emptyRow());
                ends.add(new ArrayList<>());
            }
            state = children.get(state)[column];
        }
        ends.get(state).add(id);
    }

    /** Breadth first: a missing child is the child of the longest proper suffix, which is complete by then. */
    private void complete(List<int[]> children, List<List<Integer>> ends) {
        int[] suffix = new int[children.size()];
        Deque<Integer> queue = new ArrayDeque<>();
        for (int column = 0; column < width; column++) {
            int child = children.get(0)[column];
            if (child < 0) {
                children.get(0)[column] = 0;
            } else {
                queue.add(child);
            }
        }
        while (!queue.isEmpty()) {
            int state = queue.remove();
            for (int column = 0; column < width; column++) {
                int fallback = children.get(suffix[state])[column];
                int child = children.get(state)[column];
                if (child < 0) {
                    children.get(state)[column] = fallback;
                } else {
                    suffix[child] = fallback;
                    ends.get(child).addAll(ends.get(fallback));
                    queue.add(child);
                }
            }
        }
    }
}

package dev.hardening.secrets.seal;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** A column in memory, in the order of its rows. */
final class InMemoryColumn implements SealedColumn {
    private final ConcurrentNavigableMap<Position, Cell> cells =
            new ConcurrentSkipListMap<>(Comparator.comparing(Position::row).thenComparing(Position::scope));
    private @Nullable Runnable before;

    void write(Cell cell) {
        cells.put(cell.position(), cell);
    }

    List<Cell> cells() {
        return List.copyOf(cells.values());
    }

    /** Runs something once, when the third cell is about to be exchanged. */
    void beforeReplace(Runnable action) {
        before = action;
    }

    @Override
    public List<Cell> after(Position last, int limit) {
        return cells.tailMap(last, false).values().stream().limit(limit).toList();
    }

    @Override
    public boolean replace(Cell seen, Cell fresh) {
        Runnable action = before;
        if (action != null && seen.position().row().equals("00002")) {
            before = null;
            action.run();
        }
        return cells.replace(seen.position(), seen, fresh);
    }
}

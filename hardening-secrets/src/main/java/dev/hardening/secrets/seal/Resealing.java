package dev.hardening.secrets.seal;

import dev.hardening.secrets.SecretsUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Moves a column to the ACTIVE key, and to the current secret of its index, so that old ones can be given up.
 *
 * <p>A cell is exchanged only if it is still what was read, so a change made meanwhile is never lost; it is counted as
 * contended. A cell that does not open is left as it is. Cells that are current are not written, so a second run finds
 * what the first one left, and a run that was broken off can be started again anywhere. Give up the old key when a run
 * reports nothing contended and nothing refused.
 *
 * <p>Immutable; one run is one thread's, several runs may go on at once.
 */
public final class Resealing {
    private static final int BATCH = 500;
    private static final int MOST_BATCH = 10_000;
    private static final int LISTED = 100;

    private final FieldCipher cipher;
    private final SealedColumn column;
    private final int batch;
    private final Consumer<Progress> listener;
    private final @Nullable Indexing indexing;

    private Resealing(
            FieldCipher cipher,
            SealedColumn column,
            int batch,
            Consumer<Progress> listener,
            @Nullable Indexing indexing) {
        this.cipher = cipher;
        this.column = column;
        this.batch = batch;
        this.listener = listener;
        this.indexing = indexing;
    }

    /** How the index of a value is made. */
    private record Indexing(BlindIndex index, UnaryOperator<String> spelling) {}

    /**
     * Where a run stands.
     *
     * @param last the cell that was looked at last; {@link #resume} goes on behind it
     * @param changed cells that were exchanged
     * @param current cells that needed nothing
     * @param contended cells that were changed by someone else meanwhile
     * @param refused cells that did not open
     */
    public record Progress(SealedColumn.Position last, long changed, long current, long contended, long refused) {}

    /**
     * What a run did.
     *
     * @param progress where it ended
     * @param finished whether it came to the end of the column; not if its thread was interrupted
     * @param refused the first 100 cells that did not open
     */
    public record Report(Progress progress, boolean finished, List<SealedColumn.Position> refused) {
        /**
         * Copies the list.
         *
         * @param progress where it ended
         * @param finished whether it came to the end of the column
         * @param refused the first 100 cells that did not open
         */
        public Report {
            refused = List.copyOf(refused);
        }

        /**
         * Tells whether the old key and the old secret are needed no more.
         *
         * @return whether all was seen, nothing contended and nothing refused
         */
        public boolean complete() {
            return finished && progress.contended() == 0 && progress.refused() == 0;
        }
    }

    /**
     * Plans to walk a column, 500 cells at a time.
     *
     * @param cipher what seals the column, without a scope
     * @param column where the cells are
     * @return a plan; {@link #run} carries it out
     */
    public static Resealing of(FieldCipher cipher, SealedColumn column) {
        Objects.requireNonNull(cipher, "cipher");
        return new Resealing(cipher, Objects.requireNonNull(column, "column"), BATCH, progress -> {}, null);
    }

    /**
     * Makes the index anew too; every cell is then opened.
     *
     * @param index of the same column
     * @param spelling makes the one spelling of a value that counts as equal, as when it was written
     * @return a new plan
     */
    public Resealing index(BlindIndex index, UnaryOperator<String> spelling) {
        Objects.requireNonNull(index, "index");
        Objects.requireNonNull(spelling, "spelling");
        return new Resealing(cipher, column, batch, listener, new Indexing(index, spelling));
    }

    /**
     * Says how many cells are read at a time.
     *
     * @param cells 1 to 10000
     * @return a new plan
     */
    public Resealing batch(int cells) {
        if (cells < 1 || cells > MOST_BATCH) {
            throw new IllegalArgumentException("cells must be 1 to " + MOST_BATCH + ", got " + cells);
        }
        return new Resealing(cipher, column, cells, listener, indexing);
    }

    /**
     * Adds a listener.
     *
     * @param progress called after each batch, on the thread that runs
     * @return a new plan
     */
    public Resealing onProgress(Consumer<Progress> progress) {
        return new Resealing(cipher, column, batch, Objects.requireNonNull(progress, "progress"), indexing);
    }

    /**
     * Walks the whole column.
     *
     * @return what was done
     * @throws SecretsUnavailableException if a key is not known and the store of the ring cannot be asked
     */
    public Report run() {
        return resume(SealedColumn.Position.START);
    }

    /**
     * Walks the rest of the column. An interrupt ends it after the batch, the flag stays set.
     *
     * @param last where an earlier run stood
     * @return what was done, this time
     * @throws SecretsUnavailableException if a key is not known and the store of the ring cannot be asked
     */
    public Report resume(SealedColumn.Position last) {
        Run run = new Run(Objects.requireNonNull(last, "last"));
        while (!Thread.currentThread().isInterrupted()) {
            List<SealedColumn.Cell> cells = column.after(run.last, batch);
            if (cells.isEmpty()) {
                return new Report(run.progress(), true, run.listed);
            }
            cells.forEach(run::take);
            listener.accept(run.progress());
        }
        return new Report(run.progress(), false, run.listed);
    }

    /** One walk; for one thread. */
    private final class Run {
        private final List<SealedColumn.Position> listed = new ArrayList<>();
        private SealedColumn.Position last;
        private long changed;
        private long current;
        private long contended;
        private long refused;

        Run(SealedColumn.Position last) {
            this.last = last;
        }

        Progress progress() {
            return new Progress(last, changed, current, contended, refused);
        }

        void take(SealedColumn.Cell cell) {
            if (cell.position().equals(last)) {
                throw new IllegalStateException("the column gave a cell that it had given before");
            }
            if (indexing == null && cipher.isCurrent(cell.text())) {
                current++;
            } else {
                fresh(cell).fold(fresh -> replace(cell, fresh), refusal -> refuse(cell));
            }
            last = cell.position();
        }

        private boolean replace(SealedColumn.Cell cell, SealedColumn.Cell fresh) {
            if (fresh.equals(cell)) {
                current++;
            } else if (column.replace(cell, fresh)) {
                changed++;
            } else {
                contended++;
            }
            return true;
        }

        private boolean refuse(SealedColumn.Cell cell) {
            refused++;
            if (listed.size() < LISTED) {
                listed.add(cell.position());
            }
            return false;
        }
    }

    private Opening<SealedColumn.Cell> fresh(SealedColumn.Cell cell) {
        SealedColumn.Position position = cell.position();
        FieldCipher scoped = position.scope().isEmpty() ? cipher : cipher.within(position.scope());
        return scoped.open(position.row(), cell.text())
                .fold(value -> new Opening.Opened<>(fresh(scoped, cell, value)), Opening.Refused::of);
    }

    private SealedColumn.Cell fresh(FieldCipher scoped, SealedColumn.Cell cell, String value) {
        SealedColumn.Position position = cell.position();
        String text = scoped.needsRewrap(cell.text()) ? scoped.seal(position.row(), value) : cell.text();
        String index = indexing == null
                ? cell.index()
                : indexing.index().index(position.scope(), indexing.spelling().apply(value));
        return new SealedColumn.Cell(position, text, index);
    }
}

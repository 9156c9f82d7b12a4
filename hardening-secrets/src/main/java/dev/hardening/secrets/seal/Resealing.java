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
 * what the first one left, and a run that was broken off can go on where it stood.
 *
 * <p>A run knows what stands in the column, not who still seals with the old key: other processes do until they have read
 * the ring again, and a {@link Sealer#sealing stream} does until it is closed. So start the run that counts one
 * propagation time of the ring after {@code promote} and when streams of before have ended; if that one is
 * {@link Report#complete}, disable the old key.
 *
 * <p>Immutable; one run is one thread's, several runs may go on at once.
 */
public final class Resealing {
    private static final Progress START = new Progress(SealedColumn.Position.START, 0, 0, 0, 0);
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
     * @param last the cell that was looked at last; {@link #resume(Progress)} goes on behind it
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
         * Tells whether no cell needs the old key and the old secret any more, if the run was started late enough; see
         * {@link Resealing}.
         *
         * @return whether all was seen, nothing contended and nothing refused, in this run and in those it continued
         */
        public boolean complete() {
            return finished && progress.contended() == 0 && progress.refused() == 0;
        }
    }

    /**
     * Plans to walk a column, 500 cells at a time.
     *
     * @param cipher what seals the column, without the scope that stands in the positions
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
     * @param progress called after each batch, on the thread that runs; what it throws is logged and dropped
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
        return walk(new Run(START, List.of()));
    }

    /**
     * Walks the rest of the column after a run that was interrupted. An interrupt ends this one too, after the batch; the
     * flag stays set.
     *
     * @param earlier what that run did
     * @return what both did
     * @throws SecretsUnavailableException if a key is not known and the store of the ring cannot be asked
     */
    public Report resume(Report earlier) {
        return walk(new Run(earlier.progress(), earlier.refused()));
    }

    /**
     * Walks the rest of the column after a run that ended without a report, such as with its process.
     *
     * @param earlier what {@link #onProgress} was told last
     * @return what both did; the cells that had been refused by then are counted and not listed
     * @throws SecretsUnavailableException if a key is not known and the store of the ring cannot be asked
     */
    public Report resume(Progress earlier) {
        return walk(new Run(earlier, List.of()));
    }

    private Report walk(Run run) {
        ProgressTeller<Progress> teller = new ProgressTeller<>(listener);
        while (!Thread.currentThread().isInterrupted()) {
            List<SealedColumn.Cell> cells = column.after(run.last, batch);
            if (cells.isEmpty()) {
                return new Report(run.progress(), true, run.listed);
            }
            cells.forEach(run::take);
            teller.tell(run.progress());
        }
        return new Report(run.progress(), false, run.listed);
    }

    /** One walk; for one thread. */
    private final class Run {
        private final List<SealedColumn.Position> listed;
        private SealedColumn.Position last;
        private long changed;
        private long current;
        private long contended;
        private long refused;

        Run(Progress earlier, List<SealedColumn.Position> refused) {
            last = earlier.last();
            changed = earlier.changed();
            current = earlier.current();
            contended = earlier.contended();
            this.refused = earlier.refused();
            listed = new ArrayList<>(refused);
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

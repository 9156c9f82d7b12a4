package dev.hardening.secrets.seal;

import java.util.List;
import java.util.Objects;

/**
 * A column of sealed values, as {@link Resealing} walks it; implemented by whoever owns the table.
 *
 * <p>An implementation throws what its database throws; {@link Resealing} passes it on, and can be started again where it
 * stood.
 */
public interface SealedColumn {
    /**
     * Gives the next cells.
     *
     * @param last the cell before, or {@link Position#START}
     * @param limit the most cells to give, at least 1
     * @return the cells after {@code last} in an order that does not change, such as that of the primary key; cells without
     *     a value left out; empty at the end
     */
    List<Cell> after(Position last, int limit);

    /**
     * Exchanges a cell, if it is still what was read. In SQL: {@code UPDATE ... WHERE id = ? AND value = ?}.
     *
     * @param seen the cell as it was read
     * @param fresh what to put there: the same position, another text or index
     * @return whether it was exchanged; false if the row is gone or was changed meanwhile
     */
    boolean replace(Cell seen, Cell fresh);

    /**
     * Where a cell stands. A row has one scope: what is the same for the whole column goes to {@link FieldCipher#within}
     * before {@link Resealing#of} gets the cipher, and two that differ from row to row are to be written as one.
     *
     * @param scope what was given to {@link FieldCipher#within}, empty if nothing was
     * @param row what was given to {@link FieldCipher#seal}
     */
    record Position(String scope, String row) {
        /** Before the first cell. */
        public static final Position START = new Position("", "");

        /**
         * Expects both to be there.
         *
         * @param scope what was given to {@link FieldCipher#within}, or empty
         * @param row what was given to {@link FieldCipher#seal}
         */
        public Position {
            Objects.requireNonNull(scope, "scope");
            Objects.requireNonNull(row, "row");
        }
    }

    /**
     * A sealed value and its index.
     *
     * @param position where it stands
     * @param text the sealed text
     * @param index the blind index beside it, empty if the column has none
     */
    record Cell(Position position, String text, String index) {
        /**
         * Expects all to be there.
         *
         * @param position where it stands
         * @param text the sealed text
         * @param index the blind index beside it, or empty
         */
        public Cell {
            Objects.requireNonNull(position, "position");
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(index, "index");
        }
    }
}

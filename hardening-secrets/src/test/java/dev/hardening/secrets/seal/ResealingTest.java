package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.seal.SealedColumn.Cell;
import dev.hardening.secrets.seal.SealedColumn.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResealingTest {
    private final KeyRing ring = SealRing.make();
    private final FieldCipher email = Sealer.of(ring).field("accounts", "email");
    private final InMemoryColumn column = new InMemoryColumn();

    private static BlindIndex index(String letter) {
        return BlindIndex.of(Secret.of(letter.repeat(32)), "accounts", "email");
    }

    private void fill(int rows) {
        for (int i = 0; i < rows; i++) {
            write(i, "user" + i + "@Example.org");
        }
    }

    private void write(int row, String value) {
        Position position = new Position("tenant" + row % 3, String.format(Locale.ROOT, "%05d", row));
        String text = email.within(position.scope()).seal(position.row(), value);
        column.write(new Cell(position, text, index("s").index(position.scope(), value.toLowerCase(Locale.ROOT))));
    }

    private Optional<String> read(Cell cell) {
        return email.within(cell.position().scope())
                .open(cell.position().row(), cell.text())
                .value();
    }

    @Tag("secrets:E5")
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 11, 500})
    void run_afterARotation_movesEveryCellOnce(int batch) {
        fill(10);
        String old = SealRing.rotate(ring);

        Resealing plan = Resealing.of(email, column).batch(batch);
        Resealing.Report first = plan.run();
        Resealing.Report second = plan.run();
        ring.unsafeDisableNow(old);

        assertEquals(10, first.progress().changed());
        assertTrue(first.complete());
        assertEquals(10, second.progress().current());
        assertEquals(0, second.progress().changed());
        assertTrue(column.cells().stream().allMatch(cell -> read(cell).isPresent()));
    }

    @Test
    void run_emptyColumn_isComplete() {
        Resealing.Report report = Resealing.of(email, column).run();

        assertTrue(report.complete());
        assertEquals(Position.START, report.progress().last());
    }

    @Test
    void run_newIndexSecret_writesItsIndexAndKeepsCurrentTexts() {
        fill(5);
        List<Cell> before = column.cells();

        Resealing.Report report = Resealing.of(email, column)
                .index(index("t").orPrevious(Secret.of("s".repeat(32))), value -> value.toLowerCase(Locale.ROOT))
                .run();

        assertEquals(5, report.progress().changed());
        List<Cell> after = column.cells();
        for (int i = 0; i < 5; i++) {
            assertEquals(before.get(i).text(), after.get(i).text());
            String value = read(after.get(i)).orElseThrow().toLowerCase(Locale.ROOT);
            assertEquals(
                    index("t").index(after.get(i).position().scope(), value),
                    after.get(i).index());
        }
    }

    @Test
    void run_cellsThatDoNotOpen_areLeftAndListed() {
        fill(4);
        Cell broken = column.cells().get(1);
        column.write(new Cell(broken.position(), "broken", "i"));
        Cell swapped = column.cells().get(2);
        column.write(new Cell(swapped.position(), column.cells().get(3).text(), "i"));
        SealRing.rotate(ring);

        Resealing.Report report = Resealing.of(email, column).run();

        assertFalse(report.complete());
        assertTrue(report.finished());
        assertEquals(2, report.progress().refused());
        assertEquals(List.of(broken.position(), swapped.position()), report.refused());
        assertEquals("broken", column.cells().get(1).text());
    }

    @Test
    void run_changedMeanwhile_keepsTheChangeAndSaysSo() {
        fill(4);
        SealRing.rotate(ring);
        column.beforeReplace(() -> write(2, "new@example.org"));

        Resealing.Report report = Resealing.of(email, column).run();

        assertEquals(1, report.progress().contended());
        assertFalse(report.complete());
        assertEquals(
                1,
                column.cells().stream()
                        .filter(cell -> read(cell).equals(Optional.of("new@example.org")))
                        .count());
        assertTrue(Resealing.of(email, column).run().complete());
    }

    @Test
    void resume_afterAnInterrupt_goesOnWhereItStood() {
        fill(10);
        SealRing.rotate(ring);
        List<Resealing.Progress> seen = new ArrayList<>();
        Resealing plan = Resealing.of(email, column).batch(4).onProgress(progress -> {
            seen.add(progress);
            Thread.currentThread().interrupt();
        });

        Resealing.Report first = plan.run();
        assertTrue(Thread.interrupted());
        Resealing.Report rest = Resealing.of(email, column).resume(first);

        assertFalse(first.finished());
        assertFalse(first.complete());
        assertEquals(List.of(first.progress()), seen);
        assertEquals(4, first.progress().changed());
        assertEquals(10, rest.progress().changed(), "of both");
        assertTrue(rest.complete());
    }

    /** The first four cells are behind the run that goes on; that one of them was refused is not. */
    @Test
    void resume_afterARefusal_isNotComplete() {
        fill(10);
        Position broken = column.cells().get(1).position();
        column.write(new Cell(broken, "broken", "i"));
        SealRing.rotate(ring);
        Resealing plan = Resealing.of(email, column).batch(4);

        Resealing.Report first =
                plan.onProgress(progress -> Thread.currentThread().interrupt()).run();
        assertTrue(Thread.interrupted());
        Resealing.Report rest = plan.resume(first);
        Resealing.Report restOfLost = plan.resume(first.progress());

        assertFalse(rest.complete());
        assertTrue(rest.finished());
        assertEquals(1, rest.progress().refused());
        assertEquals(List.of(broken), rest.refused());
        assertEquals(9, rest.progress().changed());
        assertFalse(restOfLost.complete());
        assertEquals(1, restOfLost.progress().refused());
        assertEquals(List.of(), restOfLost.refused());
    }

    @Test
    void onProgress_listenerThatThrows_doesNotEndTheRun() {
        fill(10);
        SealRing.rotate(ring);

        Resealing.Report report = Resealing.of(email, column)
                .batch(3)
                .onProgress(progress -> {
                    throw new AssertionError("a listener that throws");
                })
                .run();

        assertTrue(report.complete());
        assertEquals(10, report.progress().changed());
    }

    /** Another process seals with the old key until it has read the ring again: what a run too early does not see. */
    @Tag("secrets:E5")
    @Test
    void run_beforeOthersKnowTheNewKey_cannotBeFollowedByDisabling() {
        fill(4);
        String old = SealRing.rotate(ring);
        assertTrue(Resealing.of(email, column).run().complete());

        assertThrows(IllegalStateException.class, () -> ring.disable(old));
    }

    @Test
    void run_columnThatNeverEnds_isStopped() {
        fill(1);
        SealedColumn stuck = new SealedColumn() {
            @Override
            public List<Cell> after(Position last, int limit) {
                return column.cells();
            }

            @Override
            public boolean replace(Cell seen, Cell fresh) {
                return true;
            }
        };

        assertThrows(
                IllegalStateException.class, () -> Resealing.of(email, stuck).run());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10_001})
    void batch_outOfRange_isRefused(int cells) {
        Resealing plan = Resealing.of(email, column);

        assertThrows(IllegalArgumentException.class, () -> plan.batch(cells));
    }

    /** Two runs and a writer at once: whatever they exchange, each row ends with the value written last. */
    @Test
    void run_twoRunsAndAWriter_loseNothing() throws Exception {
        fill(300);
        String old = SealRing.rotate(ring);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                running.add(threads.submit(() -> {
                    start.await();
                    return Resealing.of(email, column).batch(10).run();
                }));
            }
            running.add(threads.submit(() -> {
                start.await();
                for (int row = 299; row >= 0; row -= 2) {
                    write(row, "changed" + row + "@example.org");
                }
                return true;
            }));
            start.countDown();
            for (Future<?> run : running) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertTrue(Resealing.of(email, column).run().complete());
        ring.unsafeDisableNow(old);
        for (Cell cell : column.cells()) {
            int row = Integer.parseInt(cell.position().row());
            String expected = row % 2 == 1 ? "changed" + row + "@example.org" : "user" + row + "@Example.org";
            assertEquals(Optional.of(expected), read(cell));
        }
    }
}

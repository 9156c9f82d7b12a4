package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten million draws by Pearson's chi-square at p = 1/10000, and that this test finds the usual mistakes. */
@Tag("slow")
@Tag("secrets:G3")
class DrawTest {
    private static final int DRAWS = 10_000_000;
    private static final double DEVIATIONS_FOR_ONE_IN_TEN_THOUSAND = 3.719;

    @ParameterizedTest
    @ValueSource(ints = {10, 16, 58, 62, 64, 94, WordList.SIZE})
    void draw_anyBound_isUniform(int bound) {
        Draw draw = new Draw(new SeededSecureRandom("uniform " + bound), bound, DRAWS);

        assertTrue(uniform(draw::next, bound));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 58, 62, 64})
    void draw_pairsInARow_areUniform(int bound) {
        Draw draw = new Draw(new SeededSecureRandom("pairs " + bound), bound, 2 * DRAWS);

        assertTrue(uniform(() -> draw.next() * bound + draw.next(), bound * bound));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 16, 58, 62, 64, 94})
    void fill_anyBoundAndLength_isTheSameAsOneByOne(int bound) {
        byte[] symbols = new byte[bound];
        for (int i = 0; i < bound; i++) {
            symbols[i] = (byte) (i + 1);
        }
        for (int length : new int[] {1, 2, 3, 64, 65, 5000}) {
            Draw one = new Draw(new SeededSecureRandom("fill " + bound), bound, length);
            Draw other = new Draw(new SeededSecureRandom("fill " + bound), bound, length);
            byte[] expected = new byte[length];
            byte[] filled = new byte[length];

            expected[0] = symbols[one.next(bound - 1)];
            filled[0] = symbols[other.next(bound - 1)];
            for (int at = 1; at < length; at++) {
                expected[at] = symbols[one.next()];
            }
            other.fill(filled, 1, symbols);

            assertArrayEquals(expected, filled, "length " + length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 58, 62, 94})
    void remainder_boundThatDoesNotDivide256_isFoundOut(int bound) {
        SeededSecureRandom random = new SeededSecureRandom("biased " + bound);
        byte[] one = new byte[1];

        assertFalse(uniform(
                () -> {
                    random.nextBytes(one);
                    return Byte.toUnsignedInt(one[0]) % bound;
                },
                bound));
    }

    @Test
    void bitsReadTwice_arePairsThatAreFoundOut() {
        SeededSecureRandom random = new SeededSecureRandom("overlapping");
        byte[] one = new byte[1];

        assertFalse(uniform(
                () -> {
                    random.nextBytes(one);
                    return (Byte.toUnsignedInt(one[0]) << 4) | (one[0] & 15);
                },
                64 * 64));
    }

    @ParameterizedTest
    @EnumSource
    void next_symbolsOfWholeSecrets_areUniformInEveryPlaceButTheFirst(Alphabet alphabet) {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom("secrets " + alphabet));
        SecretSpec spec = SecretSpec.of(4096, alphabet);
        IntSupplier symbols = new IntSupplier() {
            private byte[] text = {};
            private int at;

            @Override
            public int getAsInt() {
                if (at == text.length) {
                    text = generator.next(spec).use(byte[]::clone);
                    at = 1;
                }
                return alphabet.symbols().indexOf(text[at++]);
            }
        };

        assertTrue(uniform(symbols, alphabet.symbols().length()));
    }

    /** The critical value is that of Wilson and Hilferty. */
    private static boolean uniform(IntSupplier draw, int cells) {
        long[] counts = new long[cells];
        for (int i = 0; i < DRAWS; i++) {
            counts[draw.getAsInt()]++;
        }
        double expected = (double) DRAWS / cells;
        double statistic = 0;
        for (long count : counts) {
            statistic += (count - expected) * (count - expected) / expected;
        }
        double freedom = cells - 1;
        double share = 2 / (9 * freedom);
        double critical = freedom * Math.pow(1 - share + DEVIATIONS_FOR_ONE_IN_TEN_THOUSAND * Math.sqrt(share), 3);
        return statistic < critical;
    }
}

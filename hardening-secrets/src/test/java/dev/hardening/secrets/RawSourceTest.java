package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The raw source that secrets are drawn from, by the figures of ent, and that these find sources that are not random. */
@Tag("secrets:G3")
class RawSourceTest {
    private static final int BLOCK = 6 << 17;

    /** 16 MiB and the bytes that make the last block whole. */
    private static final long SHORT = 16L << 20;

    private static final long LONG = 1L << 30;

    private static EntFigures figures(Consumer<byte[]> source, long length) {
        EntFigures figures = new EntFigures();
        byte[] block = new byte[BLOCK];
        for (long done = 0; done < length; done += BLOCK) {
            source.accept(block);
            figures.add(block);
        }
        return figures;
    }

    private static void assertRandom(SecureRandom random, long length) {
        EntFigures figures = figures(random::nextBytes, length);

        System.out.println(random.getAlgorithm() + ", " + figures);
        assertEquals(List.of(), figures.suspicious(), figures::toString);
    }

    @Test
    @Tag("slow")
    void source_sixteenMegabytes_isNotSuspicious() {
        assertRandom(new SecureRandom(), SHORT);
    }

    @Test
    @Tag("long")
    void source_oneGigabyte_isNotSuspicious() {
        assertRandom(new SecureRandom(), LONG);
    }

    /** One in 256 bytes is another: the bias of a remainder by 255. */
    @Test
    @Tag("slow")
    void remainder_isFoundOut() {
        Random random = SeededRandom.of("RawSourceTest.remainder");

        List<String> found = figures(
                        block -> {
                            random.nextBytes(block);
                            for (int at = 0; at < block.length; at++) {
                                block[at] = (byte) (Byte.toUnsignedInt(block[at]) % 255);
                            }
                        },
                        SHORT)
                .suspicious();

        assertTrue(found.containsAll(List.of("entropy", "chi-square", "mean")), found::toString);
    }

    /** One byte in two hundred is the one before it again; each value is as frequent as the others. */
    @Test
    @Tag("slow")
    void repetition_isFoundOut() {
        Random random = SeededRandom.of("RawSourceTest.repetition");

        List<String> found = figures(
                        block -> {
                            random.nextBytes(block);
                            for (int at = 1; at < block.length; at++) {
                                block[at] = random.nextInt(200) == 0 ? block[at - 1] : block[at];
                            }
                        },
                        SHORT)
                .suspicious();

        assertTrue(found.contains("serial correlation"), found::toString);
    }

    /** Both halves of a point are one: no figure but pi looks that far. */
    @Test
    @Tag("slow")
    void blockGivenTwice_isFoundOut() {
        Random random = SeededRandom.of("RawSourceTest.twice");

        List<String> found = figures(
                        block -> {
                            random.nextBytes(block);
                            for (int at = 0; at < block.length; at += 6) {
                                System.arraycopy(block, at, block, at + 3, 3);
                            }
                        },
                        SHORT)
                .suspicious();

        assertTrue(found.contains("pi"), found::toString);
    }

    /** Too even is as wrong as uneven. */
    @Test
    void counter_isFoundOut() {
        EntFigures figures = figures(
                block -> {
                    for (int at = 0; at < block.length; at++) {
                        block[at] = (byte) at;
                    }
                },
                BLOCK);

        assertEquals(8, figures.entropy(), 1e-9);
        assertEquals(0, figures.chiSquare());
        assertEquals(127.5, figures.mean());
        assertTrue(figures.suspicious().containsAll(List.of("chi-square", "serial correlation")), figures::toString);
    }

    @Test
    void constant_isFoundOutInEveryFigure() {
        List<String> found =
                figures(block -> Arrays.fill(block, (byte) 7), BLOCK).suspicious();

        assertEquals(5, new HashSet<>(found).size(), found::toString);
        assertThrows(IllegalArgumentException.class, () -> new EntFigures().add(new byte[5]));
    }

    @Test
    void figures_areThoseOfEnt(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(installed(), "ent is not installed: our figures are not compared with those of the program");
        byte[] block = new byte[BLOCK];
        SeededRandom.of("RawSourceTest.ent").nextBytes(block);
        Path file = Files.write(folder.resolve("block"), block);
        EntFigures ours = new EntFigures().add(block);

        String[] theirs =
                run("ent", "-t", file.toString()).lines().toList().get(1).split(",", -1);

        double[] figures = {BLOCK, ours.entropy(), ours.chiSquare(), ours.mean(), ours.pi(), ours.serialCorrelation()};
        for (int at = 0; at < figures.length; at++) {
            assertEquals(Double.parseDouble(theirs[at + 1]), figures[at], 0.00001 * Math.max(1, figures[at]));
        }
    }

    private static boolean installed() throws InterruptedException {
        try {
            run("ent", "-u");
            return true;
        } catch (IOException absent) {
            return false;
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}

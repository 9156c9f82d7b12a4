package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compares how long it takes to refuse a secret that differs in its first byte and one that differs in its last (Welch's
 * t-test over interleaved measurements, the slowest tenth left out, as dudect does).
 */
@Tag("long")
class SecretTimingTest {
    private static final int LENGTH = 2048;
    private static final int SAMPLES = 200_000;
    private static final double LIMIT = 4.5;
    private static final int ATTEMPTS = 5;

    private final byte[] right = new byte[LENGTH];
    private final byte[] wrongFirst = differingAt(0);
    private final byte[] wrongLast = differingAt(LENGTH - 1);

    @Test
    @Tag("secrets:S2")
    @Tag("ASVS-11.2.4")
    void matches_firstOrLastByteDiffers_takesTheSameTime() {
        Secret secret = Secret.of(right.clone());
        Secret first = Secret.of(wrongFirst.clone());
        Secret last = Secret.of(wrongLast.clone());

        // A disturbance of the machine may push one run over the limit; a leak pushes all of them.
        double least = Double.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && least >= LIMIT; attempt++) {
            least = Math.min(least, Math.abs(t(() -> secret.matches(first), () -> secret.matches(last))));
        }

        System.out.println("Secret.matches |t| " + least);
        assertTrue(least < LIMIT, "|t| is " + least);
    }

    @Test
    void measurement_ofAComparisonThatStopsEarly_findsIt() {
        double found = Math.abs(t(() -> naive(right, wrongFirst), () -> naive(right, wrongLast)));

        System.out.println("comparison that stops early |t| " + found);
        assertTrue(found > LIMIT * 10, "|t| is " + found);
    }

    private static boolean naive(byte[] one, byte[] other) {
        for (int at = 0; at < one.length; at++) {
            if (one[at] != other[at]) {
                return false;
            }
        }
        return true;
    }

    private static double t(BooleanSupplier one, BooleanSupplier other) {
        Random random = SeededRandom.of("SecretTimingTest");
        double[][] times = new double[2][SAMPLES];
        int[] taken = new int[2];
        boolean ever = false;
        while (taken[0] < SAMPLES && taken[1] < SAMPLES) {
            int which = random.nextInt(2);
            BooleanSupplier measured = which == 0 ? one : other;
            long start = System.nanoTime();
            ever |= measured.getAsBoolean();
            times[which][taken[which]++] = System.nanoTime() - start;
        }
        assertTrue(!ever);
        return welch(kept(times[0], taken[0]), kept(times[1], taken[1]));
    }

    /** The first tenth is the time of a cold machine, and the slowest tenth that of other processes. */
    private static double[] kept(double[] times, int taken) {
        double[] warm = Arrays.copyOfRange(times, taken / 10, taken);
        Arrays.sort(warm);
        return Arrays.copyOf(warm, warm.length * 9 / 10);
    }

    private static double welch(double[] one, double[] other) {
        return (mean(one) - mean(other)) / Math.sqrt(variance(one) / one.length + variance(other) / other.length);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        return Arrays.stream(values)
                        .map(value -> (value - mean) * (value - mean))
                        .sum()
                / (values.length - 1);
    }

    private static byte[] differingAt(int index) {
        byte[] bytes = new byte[LENGTH];
        bytes[index] = 1;
        return bytes;
    }
}

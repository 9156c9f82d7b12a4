package dev.hardening.secrets;

import java.util.ArrayList;
import java.util.List;

/**
 * The five figures of the program ent over a stream of bytes, each with bounds that a random stream leaves on either side
 * once in a million.
 */
final class EntFigures {
    /** Bounds of chi-square with 255 degrees of freedom. */
    private static final double LEAST_CHI_SQUARE = 161.650444935;

    private static final double MOST_CHI_SQUARE = 377.078115499;

    /** Deviations of a normal figure. */
    private static final double DEVIATIONS = 4.753424;

    private static final int POINT = 6;
    private static final double RADIUS_SQUARED = Math.pow(Math.pow(256, 3) - 1, 2);

    private final long[] counts = new long[256];
    private long length;
    private long products;
    private int first = -1;
    private int last;
    private long points;
    private long inside;

    /** Takes the next bytes; a multiple of six, so that no point is torn. */
    EntFigures add(byte[] bytes) {
        if (bytes.length % POINT != 0) {
            throw new IllegalArgumentException("a multiple of " + POINT + " is needed, got " + bytes.length);
        }
        for (byte octet : bytes) {
            int value = Byte.toUnsignedInt(octet);
            counts[value]++;
            products += (long) last * value;
            last = value;
            first = first < 0 ? value : first;
        }
        for (int at = 0; at < bytes.length; at += POINT) {
            double x = coordinate(bytes, at);
            double y = coordinate(bytes, at + POINT / 2);
            inside += x * x + y * y <= RADIUS_SQUARED ? 1 : 0;
            points++;
        }
        length += bytes.length;
        return this;
    }

    private static double coordinate(byte[] bytes, int at) {
        return (Byte.toUnsignedInt(bytes[at]) << 16)
                | (Byte.toUnsignedInt(bytes[at + 1]) << 8)
                | Byte.toUnsignedInt(bytes[at + 2]);
    }

    /** Bits a byte. */
    double entropy() {
        double entropy = 0;
        for (long count : counts) {
            double share = (double) count / length;
            entropy -= count == 0 ? 0 : share * Math.log(share) / Math.log(2);
        }
        return entropy;
    }

    double chiSquare() {
        double expected = length / 256.0;
        double sum = 0;
        for (long count : counts) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }

    double mean() {
        return sum(1) / length;
    }

    double pi() {
        return 4.0 * inside / points;
    }

    /** Of each byte with the next one, and of the last with the first. */
    double serialCorrelation() {
        double square = sum(1) * sum(1);
        double around = products + (double) last * first;
        return (length * around - square) / (length * sum(2) - square);
    }

    private double sum(int power) {
        double sum = 0;
        for (int value = 0; value < counts.length; value++) {
            sum += Math.pow(value, power) * counts[value];
        }
        return sum;
    }

    /** Which figures a random stream would hardly have. */
    List<String> suspicious() {
        List<String> suspicious = new ArrayList<>();
        // What chi-square is worth in bits, to the first order, with a hundredth for the rest.
        if (entropy() < 8 - 1.01 * MOST_CHI_SQUARE / (2 * length * Math.log(2))) {
            suspicious.add("entropy");
        }
        if (chiSquare() < LEAST_CHI_SQUARE || chiSquare() > MOST_CHI_SQUARE) {
            suspicious.add("chi-square");
        }
        if (far(mean(), 127.5, Math.sqrt((256 * 256 - 1) / 12.0 / length))) {
            suspicious.add("mean");
        }
        if (far(pi(), Math.PI, Math.sqrt(Math.PI * (4 - Math.PI) / points))) {
            suspicious.add("pi");
        }
        if (far(serialCorrelation(), 0, Math.sqrt(1.0 / length))) {
            suspicious.add("serial correlation");
        }
        return suspicious;
    }

    private static boolean far(double figure, double expected, double deviation) {
        // Not the other way round: what is no number is suspicious.
        return !(Math.abs(figure - expected) <= DEVIATIONS * deviation);
    }

    @Override
    public String toString() {
        return length + " bytes: entropy " + entropy() + ", chi-square " + chiSquare() + ", mean " + mean() + ", pi "
                + pi() + ", serial correlation " + serialCorrelation();
    }
}

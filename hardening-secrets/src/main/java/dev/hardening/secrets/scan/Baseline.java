package dev.hardening.secrets.scan;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.PlainFile;
import dev.hardening.secrets.scan.ScanReport.Finding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * The secrets that a repository is known to hold, so that only new ones are reported.
 *
 * <p>May be committed: of each secret it holds 16 bytes of PBKDF2-HMAC-SHA-256 under a salt of its own file, 100000
 * rounds, over rule, path and secret. A secret keeps its place in the list when its line moves, and is new in another
 * file. A weak secret can still be guessed, at up to a tenth of a second a guess; remove and rotate what you can.
 *
 * <p>Immutable and safe for many threads.
 */
public final class Baseline {
    static final int LARGEST_FILE = 16 << 20;
    static final int LEAST_ROUNDS = 100_000;
    static final int MOST_ROUNDS = 1_000_000;
    static final int SALT_BYTES = 16;

    private static final int FINGERPRINT_BITS = 128;
    private static final Comparator<Entry> ORDER =
            Comparator.comparing(Entry::path).thenComparing(Entry::rule).thenComparing(Entry::fingerprint);

    private final byte[] salt;
    private final int rounds;
    private final List<Entry> entries;
    private final Set<Entry> known;
    private final Set<String> paths;

    Baseline(byte[] salt, int rounds, Collection<Entry> entries) {
        this.salt = salt.clone();
        this.rounds = rounds;
        this.entries = entries.stream().distinct().sorted(ORDER).toList();
        this.known = Set.copyOf(this.entries);
        this.paths = this.entries.stream().map(Entry::path).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * One secret that is known.
     *
     * @param rule the rule that found it
     * @param path the file it is in
     * @param fingerprint 32 hexadecimal digits
     */
    public record Entry(String rule, String path, String fingerprint) {
        /**
         * Checks that all is there.
         *
         * @param rule the rule that found it
         * @param path the file it is in
         * @param fingerprint 32 hexadecimal digits
         */
        public Entry {
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(fingerprint, "fingerprint");
        }
    }

    /**
     * Starts a baseline that knows no secret.
     *
     * @param random draws the salt
     * @return an empty baseline, to be scanned with and then {@link #accept accepted} into
     */
    public static Baseline create(SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return new Baseline(salt, LEAST_ROUNDS, List.of());
    }

    /** For a scan without a baseline: fingerprints that are the same in every run. */
    static Baseline none() {
        byte[] label = "hardening-scan/1".getBytes(StandardCharsets.US_ASCII);
        return new Baseline(label, LEAST_ROUNDS, List.of());
    }

    /**
     * Reads a baseline.
     *
     * @param file what {@link #write} wrote; not a symbolic link
     * @return the baseline, or empty if there is no such file
     * @throws SecretsConfigurationException if it is not a baseline, or its number of rounds is out of range
     * @throws SecretsUnavailableException if it cannot be read, is no regular file, or is larger than 16 MiB
     */
    public static Optional<Baseline> read(Path file) {
        Objects.requireNonNull(file, "file");
        try {
            return PlainFile.at(file).read(LARGEST_FILE).map(bytes -> BaselineFormat.read(bytes, file));
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the baseline " + file + " cannot be read", broken);
        }
    }

    /**
     * Lists what is known.
     *
     * @return sorted by path, rule and fingerprint, unmodifiable
     */
    public List<Entry> entries() {
        return entries;
    }

    /**
     * Makes a baseline that knows what a scan with this one found, and forgets what is stale.
     *
     * @param report of a scan with this baseline, or with one that came of it
     * @return the new baseline, with the same salt; the entries of files that the scan did not read to their end are
     *     kept
     * @throws IllegalArgumentException if the scan had no baseline or one with another salt: its fingerprints would
     *     never be found again
     */
    public Baseline accept(ScanReport report) {
        if (!report.baseline().prints(this)) {
            throw new IllegalArgumentException("the report is not of a scan with this baseline");
        }
        Set<Entry> accepted = new HashSet<>(entries);
        report.stale().forEach(accepted::remove);
        report.findings().forEach(finding -> accepted.add(entry(finding)));
        return new Baseline(salt, rounds, accepted);
    }

    /**
     * Writes it, in an order that depends on its content alone; replaces the file whole and keeps its mode.
     *
     * @param file where to; not a symbolic link
     * @throws SecretsUnavailableException if it cannot be written
     */
    public void write(Path file) {
        Objects.requireNonNull(file, "file");
        try {
            PlainFile.at(file).replace(BaselineFormat.write(this).getBytes(StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new SecretsUnavailableException("the baseline " + file + " cannot be written", broken);
        }
    }

    /**
     * Prints how many secrets it knows.
     *
     * @return no fingerprint
     */
    @Override
    public String toString() {
        return "Baseline[" + entries.size() + "]";
    }

    /** Divides findings into new and known, and tells which entries of the files looked at were not found. */
    ScanReport.Sorted sort(List<Finding> findings, ScanReport.Scope scope) {
        Set<Entry> unseen = new HashSet<>(entries);
        List<Finding> fresh = new ArrayList<>();
        List<Finding> again = new ArrayList<>();
        for (Finding finding : findings) {
            (knows(finding) ? again : fresh).add(finding);
            unseen.remove(entry(finding));
        }
        List<Entry> stale = entries.stream()
                .filter(unseen::contains)
                .filter(entry -> scope.covers(entry))
                .toList();
        return new ScanReport.Sorted(fresh, again, stale);
    }

    boolean knows(Finding finding) {
        return known.contains(entry(finding));
    }

    /** Whether it knows a secret of a file. */
    boolean knows(String path) {
        return paths.contains(path);
    }

    String fingerprint(String rule, String path, String secret) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            for (String part : List.of(rule, path)) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            PBEKeySpec slow = new PBEKeySpec(secret.toCharArray(), digest.digest(), rounds, FINGERPRINT_BITS);
            byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(slow)
                    .getEncoded();
            slow.clearPassword();
            return HexFormat.of().formatHex(hash);
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("every JDK has SHA-256 and PBKDF2", absent);
        }
    }

    /** Whether fingerprints of both are the same. */
    private boolean prints(Baseline other) {
        return rounds == other.rounds && Arrays.equals(salt, other.salt);
    }

    byte[] salt() {
        return salt.clone();
    }

    int rounds() {
        return rounds;
    }

    private static Entry entry(Finding finding) {
        return new Entry(finding.rule(), finding.path(), finding.fingerprint());
    }
}

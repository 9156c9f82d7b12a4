package dev.hardening.secrets.scan;

import dev.hardening.secrets.scan.Rule.Candidate;
import dev.hardening.secrets.scan.ScanReport.Counts;
import dev.hardening.secrets.scan.ScanReport.Finding;
import dev.hardening.secrets.scan.ScanReport.Reason;
import dev.hardening.secrets.scan.ScanReport.Unscanned;
import dev.hardening.secrets.scan.TextScanner.Hit;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Scans one file after another and gathers the report; for one thread. */
final class FileScan {
    private static final int HEAD = 8192;
    private static final int TELLING = 4;
    private static final String HIDDEN = "****";

    private final Baseline baseline;
    private final long largest;
    private final byte[] window = TextScanner.newWindow();
    private final List<Finding> findings = new ArrayList<>();
    private final List<Unscanned> unscanned = new ArrayList<>();
    private long files;
    private long bytes;
    private long binaries;
    private long links;
    private long allowed;

    FileScan(Baseline baseline, long largest) {
        this.baseline = baseline;
        this.largest = largest;
    }

    /** Opens a file when it is its turn. */
    interface Content {
        InputStream open() throws IOException;
    }

    void link() {
        links++;
    }

    void leaveOut(String path, Reason reason) {
        unscanned.add(new Unscanned(path, reason));
    }

    long files() {
        return files + binaries;
    }

    long bytes() {
        return bytes;
    }

    void scan(String path, long size, Content content) {
        if (size > largest) {
            leaveOut(path, Reason.TOO_LARGE);
            return;
        }
        try (InputStream in = new BufferedInputStream(content.open(), HEAD)) {
            in.mark(HEAD);
            byte[] head = in.readNBytes(HEAD);
            in.reset();
            scan(path, head, in);
        } catch (IOException broken) {
            leaveOut(path, Reason.UNREADABLE);
        }
    }

    ScanReport report(ScanReport.Scope scope) {
        findings.sort(Comparator.comparing(Finding::path)
                .thenComparingLong(Finding::line)
                .thenComparingLong(Finding::column));
        unscanned.sort(Comparator.comparing(Unscanned::path).thenComparing(Unscanned::reason));
        Counts counts = new Counts(files, bytes, binaries, links, allowed);
        return new ScanReport(baseline.sort(findings, scope), unscanned, counts, scope);
    }

    private void scan(String path, byte[] head, InputStream in) throws IOException {
        if (KeyStores.is(path, head)) {
            binaries++;
            String print = baseline.fingerprint(RuleBook.KEY_STORE, path, KeyStores.content(head));
            findings.add(
                    new Finding(RuleBook.KEY_STORE, KeyStores.DESCRIPTION, Severity.HIGH, path, 1, 1, HIDDEN, print));
        } else if (wide(head)) {
            leaveOut(path, Reason.UTF_16);
        } else if (binary(head)) {
            binaries++;
        } else {
            text(path, in);
        }
    }

    private void text(String path, InputStream in) throws IOException {
        TextScanner.Result result = new TextScanner(window).scan(in);
        files++;
        bytes += result.bytes();
        allowed += result.allowed();
        Map<String, String> prints = new HashMap<>();
        result.hits().forEach(hit -> findings.add(finding(path, hit, prints)));
        if (result.full()) {
            leaveOut(path, Reason.TOO_MANY_FINDINGS);
        }
    }

    /** Fingerprints are slow: one is computed for each different secret of a file. */
    private Finding finding(String path, Hit hit, Map<String, String> prints) {
        Rule rule = TextScanner.rule(hit.rule());
        String secret = hit.candidate().secret();
        String print = prints.computeIfAbsent(
                rule.id() + " " + secret, absent -> baseline.fingerprint(rule.id(), path, secret));
        return new Finding(
                rule.id(),
                rule.description(),
                rule.severity(),
                path,
                hit.place().line(),
                hit.place().column(),
                excerpt(rule, hit.candidate()),
                print);
    }

    /**
     * The keyword as the rule spells it, never as the text does: what stands there may be another secret. Not even that
     * if it shares four signs with this one.
     */
    private static String excerpt(Rule rule, Candidate candidate) {
        String name = candidate.name().toLowerCase(Locale.ROOT);
        String secret = candidate.secret().toLowerCase(Locale.ROOT);
        return rule.keywords().stream()
                .filter(keyword -> name.contains(keyword.toLowerCase(Locale.ROOT)))
                .filter(keyword -> !shares(keyword.toLowerCase(Locale.ROOT), secret))
                .findFirst()
                .map(keyword -> keyword + "=" + HIDDEN)
                .orElse(HIDDEN);
    }

    private static boolean shares(String keyword, String secret) {
        for (int at = 0; at + TELLING <= keyword.length(); at++) {
            if (secret.contains(keyword.substring(at, at + TELLING))) {
                return true;
            }
        }
        return false;
    }

    private static boolean wide(byte[] head) {
        return head.length > 1
                && ((head[0] == (byte) 0xff && head[1] == (byte) 0xfe)
                        || (head[0] == (byte) 0xfe && head[1] == (byte) 0xff));
    }

    private static boolean binary(byte[] head) {
        for (byte octet : head) {
            if (octet == 0) {
                return true;
            }
        }
        return false;
    }
}

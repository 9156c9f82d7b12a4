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
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Scans one file after another and gathers the report; for one thread. */
final class FileScan {
    private static final int HEAD = 8192;
    private static final int TELLING = 4;
    /** Of a file with known secrets: they may stand there often, and a place takes some hundred bytes. */
    private static final int MOST_PLACES = 10_000;

    private static final String HIDDEN = "****";

    private final Baseline baseline;
    private final long largest;
    private final int most;
    private final byte[] window = TextScanner.newWindow();
    private final List<Finding> findings = new ArrayList<>();
    private final List<Unscanned> unscanned = new ArrayList<>();
    private final Set<String> unread = new HashSet<>();
    private final Set<String> unreadBinaries = new HashSet<>();
    private int fresh;
    private long files;
    private long bytes;
    private long binaries;
    private long links;
    private long allowed;

    FileScan(Baseline baseline, long largest, int most) {
        this.baseline = baseline;
        this.largest = largest;
        this.most = most;
    }

    /** Opens a file when it is its turn. */
    interface Content {
        InputStream open() throws IOException;
    }

    void link(String path) {
        unread.add(path);
        links++;
    }

    void leaveOut(String path, Reason reason) {
        unread.add(path);
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

    /** Of the files that the scan came to, or would have come to, those count that were read to their end. */
    ScanReport report(Predicate<String> reached) {
        findings.sort(Comparator.comparing(Finding::path)
                .thenComparingLong(Finding::line)
                .thenComparingLong(Finding::column));
        unscanned.sort(Comparator.comparing(Unscanned::path).thenComparing(Unscanned::reason));
        Counts counts = new Counts(files, bytes, binaries, links, allowed);
        ScanReport.Sorted sorted = baseline.sort(findings, entry -> reached.test(entry.path()) && !unread(entry));
        return new ScanReport(baseline, sorted, unscanned, counts);
    }

    /** The file, or a folder above it, was left out; of a binary it is known whether it is a store of keys. */
    private boolean unread(Baseline.Entry entry) {
        String path = entry.path();
        boolean above = unread.contains("");
        for (int end = path.length(); end > 0 && !above; end = path.lastIndexOf('/', end - 1)) {
            above = unread.contains(path.substring(0, end));
        }
        return above || (!entry.rule().equals(RuleBook.KEY_STORE) && unreadBinaries.contains(path));
    }

    private void scan(String path, byte[] head, InputStream in) throws IOException {
        Optional<Charset> wide = WideText.charset(head);
        if (KeyStores.is(path, head)) {
            binaries++;
            unreadBinaries.add(path);
            keyStore(path, in);
        } else if (wide.isPresent()) {
            text(path, WideText.utf8(in, wide.get()));
        } else if (binary(head)) {
            binaries++;
            unreadBinaries.add(path);
            if (TextNames.is(path)) {
                leaveOut(path, Reason.BINARY);
            }
        } else {
            text(path, in);
        }
    }

    private void keyStore(String path, InputStream in) throws IOException {
        if (!hasRoom(path)) {
            leaveOut(path, Reason.TOO_MANY_FINDINGS);
            return;
        }
        Optional<String> content = KeyStores.content(in, largest, window);
        Arrays.fill(window, (byte) 0);
        if (content.isEmpty()) {
            leaveOut(path, Reason.TOO_LARGE);
            return;
        }
        String print = baseline.fingerprint(RuleBook.KEY_STORE, path, content.get());
        Finding finding =
                new Finding(RuleBook.KEY_STORE, KeyStores.DESCRIPTION, Severity.HIGH, path, 1, 1, HIDDEN, print);
        if (!listed(finding)) {
            leaveOut(path, Reason.TOO_MANY_FINDINGS);
        }
    }

    /** Whether a secret of a file may be listed, so that its fingerprint is worth its time. */
    private boolean hasRoom(String path) {
        return fresh < most || baseline.knows(path);
    }

    /** Lists what is known, and what is new while there is room for it. */
    private boolean listed(Finding finding) {
        boolean known = baseline.knows(finding);
        if (!known && fresh == most) {
            return false;
        }
        fresh += known ? 0 : 1;
        findings.add(finding);
        return true;
    }

    private void text(String path, InputStream in) throws IOException {
        int places = baseline.knows(path) ? Math.max(most, MOST_PLACES) : most;
        TextScanner.Result result = new TextScanner(window, places).scan(in);
        files++;
        bytes += result.bytes();
        allowed += result.allowed();
        Map<String, String> prints = new HashMap<>();
        boolean all = true;
        for (Hit hit : result.hits()) {
            all = all && hasRoom(path) && listed(finding(path, hit, prints));
        }
        if (result.full() || !all) {
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

    private static boolean binary(byte[] head) {
        for (byte octet : head) {
            if (octet == 0) {
                return true;
            }
        }
        return false;
    }
}

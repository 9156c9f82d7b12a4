package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hardening.secrets.scan.Samples.Sample;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanReportTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";

    @TempDir
    Path root;

    private ScanReport scan() {
        return RepositoryScanner.builder()
                .baseline(fast())
                .largestFile(5_000)
                .build()
                .scan(root);
    }

    private static Baseline fast() {
        return new Baseline(new byte[16], 1_000, List.of());
    }

    /** Every leaf of a document as its path and value. */
    private static Set<String> leaves(String document) throws IOException {
        Set<String> leaves = new TreeSet<>();
        try (JsonParser json = new JsonFactory().createParser(document)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isScalarValue()) {
                    leaves.add(json.getParsingContext().pathAsPointer() + "=" + json.getText());
                }
            }
        }
        return leaves;
    }

    @Test
    void toText_findings_areALineEach() throws IOException {
        Files.writeString(root.resolve("a"), "T=" + TOKEN + "\n");
        Files.writeString(root.resolve("b\u202e\n"), "x".repeat(5_001));

        assertEquals("""
                a:1:3: A GitHub token: **** (github-token)
                b??: not scanned: too large
                1 new, 0 in the baseline, 0 allowed by a comment; 1 files of 43 bytes, 0 binary, 0 links, 1 not scanned
                """, scan().toText());
    }

    @Test
    void toJson_report_hasAllParts() throws IOException {
        Files.writeString(root.resolve("a b.env"), "DB_PASS" + "WORD=aZ7kQ3mX9\n");

        Set<String> leaves = leaves(scan().toJson());

        assertTrue(leaves.containsAll(Set.of(
                "/format=hardening-scan/1",
                "/clean=false",
                "/complete=true",
                "/findings/0/rule=password",
                "/findings/0/severity=medium",
                "/findings/0/path=a b.env",
                "/findings/0/line=1",
                "/findings/0/column=13",
                "/findings/0/excerpt=password=****",
                "/counts/files=1")));
    }

    /** What section 3 of SARIF 2.1.0 demands of a log with results; {@link SarifTest} tells what must not be in it. */
    @Test
    void toSarif_report_hasWhatTheStandardDemands() throws IOException {
        Files.writeString(root.resolve("a:b c%.env"), "\nT=" + TOKEN + "\n");
        Files.writeString(root.resolve("large"), "x".repeat(5_001));

        Set<String> leaves = leaves(scan().toSarif());

        assertTrue(leaves.containsAll(Set.of(
                "/version=2.1.0",
                "/$schema=" + ReportJson.SCHEMA,
                "/runs/0/tool/driver/name=hardening-secrets",
                "/runs/0/tool/driver/rules/0/id=private-key",
                "/runs/0/columnKind=unicodeCodePoints",
                "/runs/0/invocations/0/executionSuccessful=true",
                "/runs/0/invocations/0/toolExecutionNotifications/0/message/text=not scanned: too-large",
                "/runs/0/results/0/ruleId=github-token",
                "/runs/0/results/0/level=error",
                "/runs/0/results/0/message/text=A GitHub token: ****",
                "/runs/0/results/0/baselineState=new",
                "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri=a%3Ab%20c%25.env",
                "/runs/0/results/0/locations/0/physicalLocation/region/startLine=2",
                "/runs/0/results/0/locations/0/physicalLocation/region/startColumn=3")));
        assertTrue(
                leaves.stream().anyMatch(leaf -> leaf.startsWith("/runs/0/results/0/partialFingerprints/secret~1v1=")));
    }

    @Test
    @Tag("secrets:S1")
    @Tag("secrets:A15")
    void report_anySecret_isNowhereInIt() throws IOException {
        Map<String, List<Sample>> others = new Samples(SeededRandom.of("ScanReportTest.others")).all();
        for (var samples :
                new Samples(SeededRandom.of("ScanReportTest.canary")).all().entrySet()) {
            for (int at = 0; at < samples.getValue().size(); at++) {
                Sample sample = samples.getValue().get(at);
                String all = everything(sample);

                assertNothingOf(
                        sample.secret(),
                        all,
                        everything(others.get(samples.getKey()).get(at)));
            }
        }
    }

    /** All that a scan of a sample says, but for the fingerprints, in which any four digits may be. */
    private String everything(Sample sample) throws IOException {
        Files.writeString(root.resolve("file"), sample.text() + "\nPASSWORD_" + sample.text());
        ScanReport report = scan();
        Baseline baseline = fast().accept(report);
        String all = report.toText()
                + report.toJson()
                + report.toSarif()
                + report
                + report.findings()
                + baseline
                + BaselineFormat.write(baseline);

        assertFalse(report.clean());
        String rest = all;
        for (ScanReport.Finding finding : report.findings()) {
            assertTrue(all.contains(finding.fingerprint()));
            rest = rest.replace(finding.fingerprint(), "");
        }
        return rest;
    }

    @Test
    @Tag("secrets:S1")
    void report_nameThatSharesSignsWithTheSecret_isNotShown() throws IOException {
        Files.writeString(root.resolve("file"), "MY_TOKEN=aZ7tokERkQ3mX9pL4tR8w\n");

        assertEquals("****", scan().findings().get(0).excerpt());
    }

    @Test
    void report_sameTreeTwice_isTheSame() throws IOException {
        Files.writeString(root.resolve("a"), TOKEN);

        ScanReport first = RepositoryScanner.builder().build().scan(root);
        ScanReport second = RepositoryScanner.builder().build().scan(root);
        ScanReport salted = RepositoryScanner.builder()
                .baseline(Baseline.create(new SecureRandom()))
                .build()
                .scan(root);

        assertEquals(first.toSarif(), second.toSarif());
        assertFalse(first.toSarif().equals(salted.toSarif()));
    }

    /**
     * Four signs of a secret that are in its report must be of the report itself, as the head of a token may be in the
     * name of a rule: then they are in the report of another secret of the same form too.
     */
    private static void assertNothingOf(String secret, String report, String other) {
        for (int at = 0; at + 4 <= secret.length(); at++) {
            String part = secret.substring(at, at + 4);
            assertTrue(!report.contains(part) || other.contains(part), () -> part + " is in: " + report);
        }
    }
}

package dev.hardening.secrets.scan;

import dev.hardening.secrets.internal.Printable;
import dev.hardening.secrets.scan.ScanReport.Counts;
import dev.hardening.secrets.scan.ScanReport.Finding;
import java.util.Locale;

/** The report as lines for people. What a terminal would obey in the names of files is shown as a question mark. */
final class ReportText {
    private ReportText() {}

    static String of(ScanReport report) {
        StringBuilder text = new StringBuilder();
        for (Finding finding : report.findings()) {
            text.append(Printable.of(finding.path()))
                    .append(':')
                    .append(finding.line())
                    .append(':')
                    .append(finding.column())
                    .append(": ")
                    .append(finding.description())
                    .append(": ")
                    .append(finding.excerpt())
                    .append(" (")
                    .append(finding.rule())
                    .append(")\n");
        }
        report.unscanned()
                .forEach(file -> text.append(Printable.of(file.path()))
                        .append(": not scanned: ")
                        .append(file.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                        .append('\n'));
        report.stale()
                .forEach(entry -> text.append(Printable.of(entry.path()))
                        .append(": in the baseline and no longer found (")
                        .append(entry.rule())
                        .append(")\n"));
        return summary(text, report).toString();
    }

    private static StringBuilder summary(StringBuilder text, ScanReport report) {
        Counts counts = report.counts();
        return text.append(report.findings().size())
                .append(" new, ")
                .append(report.known().size())
                .append(" in the baseline, ")
                .append(counts.allowed())
                .append(" allowed by a comment; ")
                .append(counts.files())
                .append(" files of ")
                .append(counts.bytes())
                .append(" bytes, ")
                .append(counts.binaries())
                .append(" binary, ")
                .append(counts.links())
                .append(" links, ")
                .append(report.unscanned().size())
                .append(" not scanned\n");
    }
}

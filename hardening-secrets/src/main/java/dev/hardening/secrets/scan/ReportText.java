package dev.hardening.secrets.scan;

import dev.hardening.secrets.scan.ScanReport.Counts;
import dev.hardening.secrets.scan.ScanReport.Finding;
import java.util.Locale;

/** The report as lines for people. Control characters of file names are shown as a question mark. */
final class ReportText {
    private ReportText() {}

    static String of(ScanReport report) {
        StringBuilder text = new StringBuilder();
        for (Finding finding : report.findings()) {
            text.append(shown(finding.path()))
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
                .forEach(file -> text.append(shown(file.path()))
                        .append(": not scanned: ")
                        .append(file.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                        .append('\n'));
        report.stale()
                .forEach(entry -> text.append(shown(entry.path()))
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

    private static String shown(String path) {
        StringBuilder shown = new StringBuilder(path.length());
        path.codePoints()
                .forEach(symbol -> shown.appendCodePoint(
                        Character.isISOControl(symbol) || Character.getType(symbol) == Character.FORMAT
                                ? '?'
                                : symbol));
        return shown.toString();
    }
}

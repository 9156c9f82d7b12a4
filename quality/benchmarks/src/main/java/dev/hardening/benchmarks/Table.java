package dev.hardening.benchmarks;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * A Markdown table of one run: each row with its time, its error, its garbage and its ratio to ours.
 *
 * <p>Methods are named {@code group_row}; the row {@code hardening} of a group is ours and stands at 1.00.
 */
final class Table {
    private Table() {}

    static String of(String title, Collection<RunResult> results) {
        Map<String, List<RunResult>> groups =
                results.stream().collect(Collectors.groupingBy(Table::group, TreeMap::new, Collectors.toList()));
        StringBuilder text = new StringBuilder("\n# ")
                .append(title)
                .append(", JDK ")
                .append(Runtime.version())
                .append(", ")
                .append(Runtime.getRuntime().availableProcessors())
                .append(" cores\n");
        groups.forEach((group, rows) -> append(text, group, rows));
        return text.toString();
    }

    private static void append(StringBuilder text, String group, List<RunResult> rows) {
        double ours = rows.stream()
                .filter(row -> row(row).equals("hardening"))
                .mapToDouble(row -> row.getPrimaryResult().getScore())
                .findFirst()
                .orElse(Double.NaN);
        text.append("\n## ").append(group).append("\n\n| row | time per call | ± | garbage | times ours |\n");
        text.append("| --- | ---: | ---: | ---: | ---: |\n");
        rows.stream()
                .sorted(Comparator.comparingDouble(row -> row.getPrimaryResult().getScore()))
                .forEach(row -> append(text, row, ours));
    }

    private static void append(StringBuilder text, RunResult result, double ours) {
        Result<?> time = result.getPrimaryResult();
        text.append(String.format(
                Locale.ROOT,
                "| %s | %s | %.0f %% | %s | %.2f |%n",
                row(result),
                nanos(time.getScore()),
                100 * time.getScoreError() / time.getScore(),
                garbage(result),
                time.getScore() / ours));
    }

    static String nanos(double nanos) {
        if (nanos < 1_000) {
            return String.format(Locale.ROOT, "%.1f ns", nanos);
        }
        return nanos < 1_000_000
                ? String.format(Locale.ROOT, "%.2f µs", nanos / 1_000)
                : String.format(Locale.ROOT, "%.2f ms", nanos / 1_000_000);
    }

    private static String garbage(RunResult result) {
        Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        if (allocated == null) {
            allocated = result.getSecondaryResults().get("·gc.alloc.rate.norm");
        }
        return allocated == null ? "?" : String.format(Locale.ROOT, "%.0f B", allocated.getScore());
    }

    private static String group(RunResult result) {
        String parameters = result.getParams().getParamsKeys().stream()
                .map(key -> ", " + key + " " + result.getParams().getParam(key))
                .collect(Collectors.joining());
        return method(result).split("_", 2)[0] + parameters;
    }

    private static String row(RunResult result) {
        String[] parts = method(result).split("_", 2);
        return parts.length == 1 ? parts[0] : parts[1];
    }

    private static String method(RunResult result) {
        String name = result.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}

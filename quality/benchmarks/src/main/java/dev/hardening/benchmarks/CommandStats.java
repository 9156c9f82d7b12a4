package dev.hardening.benchmarks;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How often a Redis has run each command, those inside of its scripts included. */
record CommandStats(Map<String, Long> calls) {
    private static final Pattern LINE = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");

    /** Reads what {@code INFO commandstats} answers; that command itself is left out. */
    static CommandStats of(String answer) {
        Map<String, Long> calls = new TreeMap<>();
        for (Matcher line = LINE.matcher(answer); line.find(); ) {
            calls.put(line.group(1), Long.parseLong(line.group(2)));
        }
        calls.remove("info");
        return new CommandStats(calls);
    }

    CommandStats since(CommandStats before) {
        Map<String, Long> more = new TreeMap<>();
        calls.forEach((command, count) -> {
            long difference = count - before.of(command, 0);
            if (difference != 0) {
                more.put(command, difference);
            }
        });
        return new CommandStats(more);
    }

    CommandStats plus(CommandStats other) {
        Map<String, Long> sum = new TreeMap<>(calls);
        other.calls.forEach((command, count) -> sum.merge(command, count, Long::sum));
        return new CommandStats(sum);
    }

    /**
     * What travelled to the server. A script is one command, whatever runs inside of it; a script that swaps does one
     * GET of its own, and the GETs beyond those are the callers'.
     */
    long sent() {
        long scripts = of("eval", 0) + of("evalsha", 0);
        if (of("evalsha", 0) > 0 || of("hget", 0) > 0) {
            return scripts;
        }
        return scripts + Math.max(0, of("get", 0) - scripts) + of("incr", 0) + of("pexpire", 0) + of("time", 0);
    }

    /** What the server ran for one decision, command by command. */
    String each(long decisions) {
        return calls.entrySet().stream()
                .map(call -> String.format(Locale.ROOT, "%s %.3f", call.getKey(), call.getValue() / (double) decisions))
                .collect(Collectors.joining(", "));
    }

    private long of(String command, long otherwise) {
        return calls.getOrDefault(command, otherwise);
    }
}

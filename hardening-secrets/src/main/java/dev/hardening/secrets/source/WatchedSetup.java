package dev.hardening.secrets.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What is wrong with what a builder was given, and what follows from what is right. */
final class WatchedSetup {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");
    private static final Duration SHORTEST_POLL = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration USUAL_BACK_OFF = Duration.ofMinutes(1);
    private static final int POLLS_BEFORE_STALE = 3;

    private WatchedSetup() {}

    static BackOff backOff(WatchedSource.Builder given) {
        Duration usual = given.pollInterval.compareTo(USUAL_BACK_OFF) > 0 ? given.pollInterval : USUAL_BACK_OFF;
        return new BackOff(given.pollInterval, given.maxBackOff == null ? usual : given.maxBackOff, given.random);
    }

    static List<String> faults(WatchedSource.Builder given) {
        List<String> faults = new ArrayList<>();
        Duration poll = given.pollInterval;
        if (!NAME.matcher(given.name).matches()) {
            faults.add(
                    "name must be lower-case letters, digits and dashes, a letter first, got \"" + given.name + "\"");
        }
        if (given.reader == null) {
            faults.add("reader is missing");
        }
        if (poll.compareTo(SHORTEST_POLL) < 0 || poll.compareTo(DAY) > 0) {
            faults.add("pollInterval must be 1 s to 1 day, got " + poll);
        }
        if (given.maxBackOff != null && (given.maxBackOff.compareTo(poll) < 0 || given.maxBackOff.compareTo(DAY) > 0)) {
            faults.add("maxBackOff must be pollInterval to 1 day, got " + given.maxBackOff);
        }
        if (given.maxStale != null
                && given.maxStale.dividedBy(POLLS_BEFORE_STALE).compareTo(poll) < 0) {
            faults.add("maxStale must be at least three times pollInterval, got " + given.maxStale);
        }
        return faults;
    }
}

package dev.hardening.health.internal;

import dev.hardening.health.CheckKind;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.HealthSnapshot;
import dev.hardening.health.Impact;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the checks, gates and the drain add up to; everything under the engine's lock. */
final class Board {
    private static final int MAX_DATA = 65_536;
    private static final int ENTRY_SIZE = 24;

    private final String name;
    private final List<CheckState> checks;
    private final Map<String, Boolean> gates = new LinkedHashMap<>();
    private boolean draining;
    private boolean started;

    Board(String name, List<CheckState> checks, List<String> gates) {
        this.name = name;
        this.checks = checks;
        gates.forEach(gate -> this.gates.put(gate, false));
    }

    /** Opens a gate for good. */
    void open(String gate) {
        if (gates.replace(gate, true) == null) {
            throw new IllegalArgumentException("no startup gate of this name: " + gate);
        }
    }

    void drain() {
        draining = true;
    }

    Published publish(Published.Life life, long now) {
        started |= gates.values().stream().allMatch(open -> open)
                && checks.stream().noneMatch(CheckState::pending);
        Map<Probe, List<Entry>> entries = new EnumMap<>(Probe.class);
        entries.put(Probe.LIVE, live());
        entries.put(Probe.READY, ready());
        entries.put(Probe.STARTED, startup());
        entries.put(Probe.HEALTH, join(live(), ready()));
        Map<Probe, Status> wholes = new EnumMap<>(Probe.class);
        Map<Probe, Map<Wire, HealthAnswer>> answers = new EnumMap<>(Probe.class);
        entries.forEach((probe, lines) -> {
            Status whole = whole(lines);
            wholes.put(probe, whole);
            answers.put(probe, render(whole, lines));
        });
        return new Published(snapshot(wholes, now), wholes, answers, life, now);
    }

    private static Map<Wire, HealthAnswer> render(Status whole, List<Entry> lines) {
        Map<Wire, HealthAnswer> formats = new EnumMap<>(Wire.class);
        for (Wire wire : Wire.values()) {
            formats.put(wire, wire.render(whole, lines));
        }
        return formats;
    }

    private HealthSnapshot snapshot(Map<Probe, Status> wholes, long now) {
        List<CheckStatus> all = new ArrayList<>(checks.size() + gates.size());
        int room = MAX_DATA;
        for (CheckState check : checks) {
            CheckStatus full = check.view(now, true);
            room -= size(full);
            all.add(room >= 0 ? full : check.view(now, false));
        }
        gates.forEach((gate, open) -> all.add(new CheckStatus(
                gate,
                CheckKind.STARTUP,
                Impact.CRITICAL,
                open ? Status.UP : Status.DOWN,
                open ? "" : "closed",
                Map.of(),
                CheckStatus.Stats.NONE)));
        return new HealthSnapshot(
                name,
                wholes.getOrDefault(Probe.LIVE, Status.DOWN),
                wholes.getOrDefault(Probe.READY, Status.DOWN),
                wholes.getOrDefault(Probe.STARTED, Status.DOWN),
                draining,
                false,
                Duration.ZERO,
                all);
    }

    private static int size(CheckStatus status) {
        int size = 0;
        for (Map.Entry<String, Object> entry : status.data().entrySet()) {
            size += entry.getKey().length();
            size += entry.getValue() instanceof String text ? text.length() : ENTRY_SIZE;
        }
        return size;
    }

    /** Before its first result a liveness check counts as up: nothing is known that a restart could heal. */
    private List<Entry> live() {
        return entries(CheckKind.LIVENESS, Status.UP);
    }

    private List<Entry> ready() {
        List<Entry> entries = new ArrayList<>();
        if (draining) {
            entries.add(Entry.down("draining"));
        }
        gates.forEach((gate, open) -> entries.add(open ? Entry.up(gate) : Entry.down(gate)));
        entries.addAll(entries(CheckKind.READINESS, Status.DOWN));
        return entries;
    }

    private List<Entry> startup() {
        List<Entry> entries = new ArrayList<>();
        gates.forEach((gate, open) -> entries.add(open ? Entry.up(gate) : Entry.down(gate)));
        if (!started) {
            checks.stream().filter(CheckState::pending).forEach(check -> entries.add(Entry.down(check.spec.name())));
        }
        return entries;
    }

    private List<Entry> entries(CheckKind kind, Status whilePending) {
        List<Entry> entries = new ArrayList<>();
        for (CheckState check : checks) {
            if (check.spec.kind() == kind) {
                entries.add(entry(check, whilePending));
            }
        }
        return entries;
    }

    private static Entry entry(CheckState check, Status whilePending) {
        boolean counts = check.spec.impact() != Impact.INFO;
        if (check.pending()) {
            return new Entry(check.spec.name(), counts ? whilePending : Status.WARN, counts);
        }
        Status status = check.status();
        boolean softened = status == Status.DOWN && check.spec.impact() != Impact.CRITICAL;
        return new Entry(check.spec.name(), softened ? Status.WARN : status, counts);
    }

    private static Status whole(List<Entry> entries) {
        Status whole = Status.UP;
        for (Entry entry : entries) {
            whole = entry.counts() ? whole.worse(entry.status()) : whole;
        }
        return whole;
    }

    private static List<Entry> join(List<Entry> first, List<Entry> second) {
        List<Entry> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}

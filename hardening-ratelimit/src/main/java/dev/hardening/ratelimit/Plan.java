package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.ratelimit.RateLimitAdmin.Finding;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One version of all policies, with their buckets; a decision sees one plan from beginning to end. */
final class Plan {
    private final long version;
    private final List<Entry> entries;
    private final LongSupplier ticker;
    /** All buckets there are to ask, if they are in the heap and nothing has to be worked out before; else null. */
    private final Unit @Nullable [] plain;

    /** All buckets, if none is in the heap and nothing has to be worked out before; else none. */
    private final List<Unit> remembered;

    private final Blocks[] blocks;
    private final List<Finding> findings;
    private final boolean heapOnly;
    private final boolean blocking;

    private Plan(long version, List<Entry> entries, LongSupplier ticker) {
        this.version = version;
        this.ticker = ticker;
        this.entries = List.copyOf(entries);
        this.plain = plain(entries);
        this.remembered = remembered(entries);
        this.blocks = entries.stream().map(Entry::blocks).toArray(Blocks[]::new);
        this.findings = Findings.of(version, entries);
        this.heapOnly = units().noneMatch(Unit::shared);
        this.blocking = units().anyMatch(Unit::blocking);
    }

    /**
     * Opens the buckets of all policies.
     *
     * @throws RateLimitConfigurationException with every fault found
     */
    static Plan open(long version, List<Policy> policies, PolicyStores stores) {
        List<String> faults = faults(version, policies);
        List<Entry> entries = new ArrayList<>();
        if (faults.isEmpty()) {
            for (Policy policy : policies) {
                try {
                    entries.add(Entry.open(policy, version, stores));
                } catch (IllegalArgumentException refused) {
                    faults.add("policy \"" + policy.name() + "\": " + refused.getMessage());
                }
            }
        }
        if (!faults.isEmpty()) {
            throw new RateLimitConfigurationException(faults);
        }
        Plan plan = new Plan(version, entries, stores.ticker());
        plan.units().map(Unit::local).filter(Objects::nonNull).forEach(LocalSpace::adopt);
        return plan;
    }

    /** Decides, keeping the thread for as long as stores take. */
    Decision decide(Mode mode, RequestFacts facts, RateLimitListener listener) {
        Unit[] all = plain;
        if (all != null && mode == Mode.ENFORCE && quiet()) {
            Decision decision = all.length == 1 ? alone(all[0], facts) : HeapDecision.take(all, facts);
            if (decision != null) {
                return decision;
            }
        }
        Decision refused = refused(mode, facts, listener);
        return refused == null ? Check.of(this, mode, facts, listener).run() : refused;
    }

    /** Decides without keeping the thread. */
    CompletionStage<Decision> decideLater(Mode mode, RequestFacts facts, RateLimitListener listener) {
        Decision refused = refused(mode, facts, listener);
        return refused == null
                ? Check.of(this, mode, facts, listener).runAsync()
                : CompletableFuture.completedStage(refused);
    }

    /** What a cache knows to be refused, in front of everything that a {@link Check} does; null if nothing is known. */
    private @Nullable Decision refused(Mode mode, RequestFacts facts, RateLimitListener listener) {
        if (remembered.isEmpty() || mode != Mode.ENFORCE || !quiet()) {
            return null;
        }
        return RefusedDecision.find(remembered, facts, listener);
    }

    private static Decision alone(Unit unit, RequestFacts facts) {
        Policy policy = unit.policy();
        Object key = policy.keyOf(facts);
        return key == null ? PlainDecision.UNASKED : new SoleDecision(unit, unit.take(key, policy.cost()));
    }

    long version() {
        return version;
    }

    LongSupplier ticker() {
        return ticker;
    }

    List<Entry> entries() {
        return entries;
    }

    List<Finding> findings() {
        return findings;
    }

    List<Policy> policies() {
        return entries.stream().map(Entry::policy).toList();
    }

    /** Whether nobody is blocked under any policy, which in the heap costs one volatile read for each. */
    private boolean quiet() {
        for (Blocks policy : blocks) {
            if (!policy.quiet()) {
                return false;
            }
        }
        return true;
    }

    /** The policy of a name, with its buckets. */
    Optional<Entry> entry(String policy) {
        return entries.stream()
                .filter(entry -> entry.policy().name().equals(policy))
                .findFirst();
    }

    /** Whether no decision leaves the heap. */
    boolean heapOnly() {
        return heapOnly;
    }

    /** Whether a decision may keep its thread waiting for I/O, even an asynchronous one. */
    boolean blocking() {
        return blocking;
    }

    private Stream<Unit> units() {
        return entries.stream().flatMap(entry -> entry.allTiers().stream().flatMap(List::stream));
    }

    private static Unit @Nullable [] plain(List<Entry> entries) {
        List<Unit> units =
                entries.stream().flatMap(entry -> entry.units().stream()).toList();
        boolean plain =
                entries.stream().allMatch(entry -> entry.policy().parts().plain())
                        && units.stream().allMatch(unit -> unit.local() != null);
        return plain ? units.toArray(Unit[]::new) : null;
    }

    private static List<Unit> remembered(List<Entry> entries) {
        List<Unit> units =
                entries.stream().flatMap(entry -> entry.units().stream()).toList();
        boolean plain =
                entries.stream().allMatch(entry -> entry.policy().parts().plain());
        return plain && units.stream().allMatch(Unit::shared) ? units : List.of();
    }

    private static List<String> faults(long version, List<Policy> policies) {
        List<String> faults = new ArrayList<>();
        Set<String> names = new HashSet<>();
        if (policies.isEmpty()) {
            faults.add("a limiter needs a policy");
        }
        if (version < 0) {
            faults.add("version must not be negative, got " + version);
        }
        policies.stream()
                .map(Policy::name)
                .filter(name -> !names.add(name))
                .forEach(name -> faults.add("two policies have the name \"" + name + '"'));
        for (Policy policy : policies) {
            policy.tiers().keySet().stream()
                    .map(tier -> tierName(policy, tier))
                    .filter(names::contains)
                    .forEach(name -> faults.add("a policy and a tier share the name \"" + name + '"'));
            bucketNames(policy)
                    .filter(names::contains)
                    .forEach(name -> faults.add("a policy and a limit share the name \"" + name + '"'));
            if (!policy.tiers().isEmpty() && names.contains(Turns.name(policy.name()))) {
                faults.add("a policy and the tiers of another share the name \"" + Turns.name(policy.name()) + '"');
            }
            if (names.contains(Blocks.name(policy.name()))) {
                faults.add("a policy and the blocks of another share the name \"" + Blocks.name(policy.name()) + '"');
            }
        }
        return faults;
    }

    /** Names of buckets that hold one limit alone, where those of a policy do. */
    private static Stream<String> bucketNames(Policy policy) {
        Stream<String> tiers = policy.tiers().keySet().stream().map(tier -> tierName(policy, tier));
        List<String> limits = Stream.concat(
                        policy.limits().stream(),
                        policy.tiers().values().stream().flatMap(List::stream))
                .map(Limit::id)
                .toList();
        return Stream.concat(Stream.of(policy.name()), tiers)
                .flatMap(name ->
                        limits.stream().flatMap(id -> Stream.of(name + Unit.LIMIT + id, name + Unit.CALENDAR + id)));
    }

    private static String tierName(Policy policy, String tier) {
        return policy.name() + ".tier-" + tier;
    }

    /** A policy and its buckets, those of its tiers included. */
    record Entry(Policy policy, List<Unit> units, Map<String, List<Unit>> tiers, TierMemory memory, Blocks blocks) {
        private static Entry open(Policy policy, long version, PolicyStores stores) {
            BucketStore store = stores.of(policy);
            Clock clock = stores.clock();
            SpaceSpec spec = new SpaceSpec(policy.name(), policy.limits(), version, policy.failureMode());
            List<Unit> units = Unit.open(policy, spec, store, clock);
            Map<String, List<Unit>> tiers = new LinkedHashMap<>();
            policy.tiers().forEach((tier, limits) -> {
                SpaceSpec own = new SpaceSpec(tierName(policy, tier), limits, version, policy.failureMode());
                tiers.put(tier, Unit.open(policy, own, store, clock));
            });
            Blocks blocks = stores.blocks(policy);
            TierMemory memory = tiers.isEmpty()
                    ? TierMemory.none()
                    : TierMemory.of(blocks.shared() ? new Turns(policy, store) : null, stores.ticker());
            return new Entry(policy, units, tiers, memory, blocks);
        }

        /** The buckets of the tier that the caller is in. */
        List<Unit> units(RequestFacts facts) {
            if (tiers.isEmpty()) {
                return units;
            }
            return policy.parts()
                    .tierReader
                    .apply(facts)
                    .map(tier -> tiers.getOrDefault(tier, units))
                    .orElse(units);
        }

        /** Whether other processes can reach the buckets. */
        boolean shared() {
            return blocks.shared();
        }

        /** The key as {@link #blocks} wants it. */
        Object blockKey(Object found) {
            return shared() ? policy.key().text(found) : found;
        }

        List<List<Unit>> allTiers() {
            List<List<Unit>> all = new ArrayList<>(tiers.values());
            all.add(units);
            return all;
        }
    }
}

package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.ratelimit.Policy.Mode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a policy consists of, and what may be wrong with it; changed by its builder alone. */
final class PolicyParts {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,63}");
    private static final Pattern TIER = Pattern.compile("[a-z][a-z0-9_-]{0,31}");
    private static final int MOST_LIMITS = 8;
    private static final int MOST_TIERS = 16;

    final String name;
    List<Limit> limits = List.of();
    Map<String, List<Limit>> tiers = Map.of();
    Map<String, Long> costs = Map.of();
    Function<RequestFacts, Optional<String>> tierReader = facts -> Optional.empty();

    @Nullable
    Predicate<RequestFacts> applies;

    @Nullable
    Predicate<RequestFacts> exempt;

    @Nullable
    KeySpec key;

    @Nullable
    ToLongFunction<RequestFacts> costReader;

    long cost = 1;
    Mode mode = Mode.ENFORCE;
    MissingKey missingKey = MissingKey.SHARE;
    FailureMode failureMode = FailureMode.CLOSED;
    Visibility visibility = Visibility.SHOWN;

    PolicyParts(String name) {
        this.name = name;
    }

    PolicyParts copy() {
        PolicyParts copy = new PolicyParts(name);
        copy.limits = limits;
        copy.tiers = tiers;
        copy.costs = costs;
        copy.tierReader = tierReader;
        copy.applies = applies;
        copy.exempt = exempt;
        copy.key = key;
        copy.costReader = costReader;
        copy.cost = cost;
        copy.mode = mode;
        copy.missingKey = missingKey;
        copy.failureMode = failureMode;
        copy.visibility = visibility;
        return copy;
    }

    void addLimit(Limit limit) {
        List<Limit> more = new ArrayList<>(limits);
        more.add(limit);
        limits = List.copyOf(more);
    }

    void addTier(String tier, List<Limit> itsLimits) {
        Map<String, List<Limit>> more = new LinkedHashMap<>(tiers);
        more.put(tier, itsLimits);
        tiers = Collections.unmodifiableMap(more);
    }

    void addCost(String route, long tokens) {
        Map<String, Long> more = new LinkedHashMap<>(costs);
        more.put(route, tokens);
        costs = Map.copyOf(more);
    }

    void addCondition(Predicate<RequestFacts> requests) {
        Predicate<RequestFacts> before = applies;
        applies = before == null ? requests : before.and(requests);
    }

    void addExemption(Predicate<RequestFacts> callers) {
        Predicate<RequestFacts> before = exempt;
        exempt = before == null ? callers : before.or(callers);
    }

    boolean appliesTo(RequestFacts facts) {
        Predicate<RequestFacts> requests = applies;
        return mode != Mode.OFF && (requests == null || requests.test(facts));
    }

    boolean exempts(RequestFacts facts) {
        Predicate<RequestFacts> callers = exempt;
        return callers != null && callers.test(facts);
    }

    /** What a request costs; anything above the smallest capacity can never pass. */
    long costOf(RequestFacts facts) {
        ToLongFunction<RequestFacts> reader = costReader;
        if (reader != null) {
            return Math.max(1, reader.applyAsLong(facts));
        }
        return costs.isEmpty()
                ? cost
                : facts.route().map(route -> costs.getOrDefault(route, cost)).orElse(cost);
    }

    /** Whether every request is counted by the same limits at the same price. */
    boolean plain() {
        return tiers.isEmpty()
                && costs.isEmpty()
                && costReader == null
                && applies == null
                && exempt == null
                && mode == Mode.ENFORCE;
    }

    List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (!NAME.matcher(name).matches()) {
            faults.add("the name must match " + NAME);
        }
        if (key == null) {
            faults.add("a key is missing");
        }
        addLimitFaults(faults, "", limits);
        if (tiers.size() > MOST_TIERS) {
            faults.add("there must be at most " + MOST_TIERS + " tiers, got " + tiers.size());
        }
        tiers.forEach((tier, itsLimits) -> {
            if (!TIER.matcher(tier).matches()) {
                faults.add("the name of a tier must match " + TIER + ", got \"" + tier + '"');
            }
            addLimitFaults(faults, "tier \"" + tier + "\": ", itsLimits);
        });
        costs.values().stream().filter(tokens -> tokens < 1).forEach(tokens -> faults.add(costFault(tokens)));
        if (cost < 1) {
            faults.add(costFault(cost));
        }
        return faults.stream().map(fault -> "policy \"" + name + "\": " + fault).toList();
    }

    private void addLimitFaults(List<String> faults, String who, List<Limit> some) {
        if (some.isEmpty() || some.size() > MOST_LIMITS) {
            faults.add(who + "there must be 1 to " + MOST_LIMITS + " limits, got " + some.size());
        }
        long dearest = costs.values().stream().mapToLong(Long::longValue).reduce(cost, Math::max);
        Set<String> ids = new HashSet<>();
        for (Limit limit : some) {
            if (!ids.add(limit.id())) {
                faults.add(who + "two limits have the id \"" + limit.id() + '"');
            }
            if (dearest > limit.capacity()) {
                faults.add(who + "a cost of " + dearest + " can never pass limit \"" + limit.id() + "\" of "
                        + limit.capacity());
            }
        }
    }

    private static String costFault(long tokens) {
        return "cost must be at least 1, got " + tokens;
    }
}

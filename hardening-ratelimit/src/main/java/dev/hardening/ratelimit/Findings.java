package dev.hardening.ratelimit;

import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.ratelimit.RateLimitAdmin.Finding;
import dev.hardening.ratelimit.RateLimitAdmin.Finding.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what is dangerous in a set of policies and can be told from it alone, without a guess at what was meant. */
final class Findings {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);
    private static final Duration LONG = Duration.ofHours(1);
    /** So many at once are a burst. */
    private static final long BURST = 100;
    /** So many pupils sit behind one address. */
    private static final long SCHOOL = 200;
    /** What nobody has before the login. */
    private static final Set<String> IDENTITIES = Set.of("user", "tenant", "api-key");

    private final long version;
    private final boolean anyShared;
    private final List<Finding> found = new ArrayList<>();

    private Findings(long version, boolean anyShared) {
        this.version = version;
        this.anyShared = anyShared;
    }

    static List<Finding> of(long version, List<Plan.Entry> entries) {
        Findings findings = new Findings(version, entries.stream().anyMatch(Plan.Entry::shared));
        entries.forEach(findings::look);
        return List.copyOf(findings.found);
    }

    /** Says aloud what was not there before. */
    static void log(List<Finding> before, List<Finding> now) {
        for (Finding finding : now) {
            if (!before.contains(finding)) {
                LOG.warn(
                        "rate limit policy \"{}\" ({}): {} {}",
                        finding.policy(),
                        finding.code(),
                        finding.sentence(),
                        finding.remedy());
            }
        }
    }

    private void look(Plan.Entry entry) {
        Policy policy = entry.policy();
        lookAtMode(policy);
        if (policy.mode() == Mode.OFF) {
            return;
        }
        lookAtBursts(policy);
        lookAtKey(policy);
        if (entry.shared() && version == 0) {
            add(
                    policy,
                    Code.UNVERSIONED,
                    "Its store is shared by processes, and the policies have no version.",
                    "Set RateLimiter.Builder.version, or a rolling release changes the figures to and fro.");
        }
        if (anyShared && !entry.shared() && policy.key().claimed()) {
            add(
                    policy,
                    Code.COUNTED_APART,
                    "It counts by a name that callers choose, in each process for itself, while others share a store.",
                    "Put it into the shared store, or each process allows the whole limit.");
        }
    }

    private void lookAtMode(Policy policy) {
        if (policy.mode() == Mode.SHADOW) {
            add(
                    policy,
                    Code.ON_TRIAL,
                    "It refuses nobody.",
                    "Set Mode.ENFORCE once what it would refuse is what it should.");
        } else if (policy.mode() == Mode.OFF) {
            add(policy, Code.AT_REST, "It counts nobody.", "Set Mode.ENFORCE, or leave it out.");
        }
    }

    private void lookAtBursts(Policy policy) {
        lookAtBursts(policy, "", policy.limits());
        for (Map.Entry<String, List<Limit>> tier : policy.tiers().entrySet()) {
            lookAtBursts(policy, " of tier \"" + tier.getKey() + '"', tier.getValue());
        }
    }

    private void lookAtBursts(Policy policy, String whose, List<Limit> limits) {
        for (Limit limit : limits) {
            boolean large = limit.timeToFull().compareTo(LONG) > 0 && limit.capacity() > BURST;
            boolean held = limits.stream()
                    .anyMatch(other -> other.capacity() < limit.capacity()
                            && other.timeToFull().compareTo(LONG) <= 0);
            if (large && !held) {
                add(
                        policy,
                        Code.NO_BURST_LIMIT,
                        "All " + limit.capacity() + " of limit \"" + limit.id() + '"' + whose
                                + " may pass in one moment.",
                        "Add a limit by the second or the minute beside it.");
            }
        }
    }

    private void lookAtKey(Policy policy) {
        if (policy.failureMode() == FailureMode.OPEN && policy.key().claimed()) {
            add(
                    policy,
                    Code.OPEN_TO_CLAIMS,
                    "It counts by a name that callers choose, and lets everybody pass while its store is silent.",
                    "Use FailureMode.CLOSED or LOCAL where guessing must be stopped.");
        }
        lookAtAnonymous(policy);
        long room = policy.limits().stream().mapToLong(Limit::capacity).min().orElse(0) / policy.cost();
        if (policy.key().ipv4Alone() && policy.parts().applies == null && room < SCHOOL) {
            add(
                    policy,
                    Code.SHARED_ADDRESS,
                    "It grants all behind one IPv4 address " + room + " requests together, whatever they ask for.",
                    "Count by user behind the login, apply it to some requests with Policy.Builder.when, or give IPv4"
                            + " room for a school.");
        }
    }

    /** Told by the names of dimensions, which say the same whoever reads them; "when" may leave nobody without one. */
    private void lookAtAnonymous(Policy policy) {
        PolicyParts parts = policy.parts();
        boolean identity = Arrays.stream(policy.key().name().split("\\+")).anyMatch(IDENTITIES::contains);
        if (identity && parts.missingKey == MissingKey.SHARE && parts.applies == null) {
            add(
                    policy,
                    Code.ANONYMOUS_TOGETHER,
                    "All requests without its key share one bucket, which any one of them may use up.",
                    "Use MissingKey.SKIP and count those who are not logged in by their address, in a policy of their"
                            + " own.");
        }
    }

    private void add(Policy policy, Code code, String sentence, String remedy) {
        found.add(new Finding(policy.name(), code, sentence, remedy));
    }
}

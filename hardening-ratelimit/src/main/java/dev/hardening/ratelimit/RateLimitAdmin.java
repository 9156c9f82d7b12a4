package dev.hardening.ratelimit;

import dev.hardening.ratelimit.RateLimitEvent.Action;
import dev.hardening.ratelimit.RateLimitEvent.Administered;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimitEvent.StoreFailed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Looks at single callers of a {@link RateLimiter} and changes how they stand; for operators, never for the callers.
 *
 * <p>A caller is named by the facts of a request, from which the policy reads its key as it does for a request; whether
 * the policy applies to that request or exempts it plays no part. Facts without that key mean the bucket that all such
 * requests share ({@link MissingKey#SHARE}): {@link #peek}, {@link #reset} and {@link #reward} reach it. To penalise or
 * block it would hit everybody who is not logged in, for want of one name, so these do not. Everything that is done is told to the {@link
 * RateLimitListener}. In a shared store a change of tokens counts at once, save that another process may go on for up to
 * five seconds to refuse whom it has just refused ({@link BucketStore.Source#DENY_CACHE}); a block or its end is seen by
 * every process within two. Safe for many threads; each call asks the store a few times and waits for it.
 */
public final class RateLimitAdmin {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    private final Supplier<Plan> plan;
    private final RateLimitListener listener;

    RateLimitAdmin(Supplier<Plan> plan, RateLimitListener listener) {
        this.plan = plan;
        this.listener = listener;
    }

    /**
     * Says how somebody stands, and takes nothing.
     *
     * @param policy the policy's name
     * @param facts whose key is meant, and in which tier he is
     * @return how his limits stand and how much longer he is blocked, or empty where there is no such policy or no key
     * @throws RateLimitUnavailableException if the store does not answer
     */
    public Optional<Standing> peek(String policy, RequestFacts facts) {
        Done done = new Done(Action.PEEK, facts, 0, Duration.ZERO);
        return plan.get()
                .entry(Objects.requireNonNull(policy, "policy"))
                .flatMap(entry -> Target.of(entry, facts, Action.PEEK))
                .map(target -> {
                    Standing standing = asking(target, Target::standing);
                    tell(target, done);
                    return standing;
                });
    }

    /**
     * Fills up somebody's limits, in every tier; a block stays. In a local store that is full, a key without a bucket of
     * its own keeps what it has used up together with others.
     *
     * @param policy the policy's name
     * @param facts whose key is meant
     * @return what came of it
     * @throws RateLimitUnavailableException if the store does not answer; some limits may be full then
     */
    public Result reset(String policy, RequestFacts facts) {
        return act(policy, new Done(Action.RESET, facts, 0, Duration.ZERO), target -> {
            target.entry.allTiers().forEach(units -> units.forEach(unit -> unit.reset(unit.key(target.found))));
            return Result.DONE;
        });
    }

    /**
     * Takes tokens whether they are there or not; the next requests wait until what is missing has come back.
     *
     * @param policy the policy's name
     * @param facts whose key is meant, and in which tier he is
     * @param tokens 1 to 10<sup>9</sup>
     * @return what came of it
     * @throws RateLimitUnavailableException if the store does not answer
     */
    public Result penalise(String policy, RequestFacts facts, long tokens) {
        Decision.requireCharge(tokens);
        return act(policy, new Done(Action.PENALISE, facts, tokens, Duration.ZERO), target -> {
            target.units.forEach(unit -> unit.debit(unit.key(target.found), tokens));
            return Result.DONE;
        });
    }

    /**
     * Gives tokens, in every tier and never above the capacity of a limit; to a key that shares its bucket with others,
     * none.
     *
     * @param policy the policy's name
     * @param facts whose key is meant
     * @param tokens 1 to 10<sup>9</sup>
     * @return what came of it
     * @throws RateLimitUnavailableException if the store does not answer; some limits may have got theirs then
     */
    public Result reward(String policy, RequestFacts facts, long tokens) {
        Decision.requireCharge(tokens);
        return act(policy, new Done(Action.REWARD, facts, tokens, Duration.ZERO), target -> {
            target.entry
                    .allTiers()
                    .forEach(units -> units.forEach(unit -> unit.credit(unit.key(target.found), tokens)));
            return Result.DONE;
        });
    }

    /**
     * Refuses somebody under one policy for a while, whatever is left of his limits. Counted in whole seconds, rounded
     * up; a longer block that is under way is not shortened. It ends by itself.
     *
     * @param policy the policy's name
     * @param facts whose key is meant
     * @param duration 1 s to 366 days
     * @return what came of it
     * @throws RateLimitUnavailableException if the store does not answer; then he may be blocked or not
     */
    public Result block(String policy, RequestFacts facts, Duration duration) {
        Objects.requireNonNull(duration, "duration");
        if (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("duration must be " + SHORTEST + " to " + LONGEST + ", got " + duration);
        }
        return act(
                policy,
                new Done(Action.BLOCK, facts, 0, duration),
                target -> target.blocks().block(target.blockKey(), duration) ? Result.DONE : Result.NO_ROOM);
    }

    /**
     * Lifts a block; without one, nothing happens.
     *
     * @param policy the policy's name
     * @param facts whose key is meant
     * @return what came of it
     * @throws RateLimitUnavailableException if the store does not answer
     */
    public Result unblock(String policy, RequestFacts facts) {
        return act(policy, new Done(Action.UNBLOCK, facts, 0, Duration.ZERO), target -> {
            target.blocks().unblock(target.blockKey());
            return Result.DONE;
        });
    }

    private Result act(String policy, Done done, Function<Target, Result> action) {
        Optional<Plan.Entry> entry = plan.get().entry(Objects.requireNonNull(policy, "policy"));
        if (entry.isEmpty()) {
            return Result.UNKNOWN_POLICY;
        }
        Optional<Target> target = Target.of(entry.get(), done.facts, done.action);
        if (target.isEmpty()) {
            return Result.NO_KEY;
        }
        Result result = asking(target.get(), action);
        if (result == Result.DONE) {
            tell(target.get(), done);
        }
        return result;
    }

    private void tell(Target target, Done done) {
        listener.administered(
                new Administered(target.policy().name(), done.action, done.facts, done.tokens, done.duration));
    }

    /** A store is somebody else's code: whatever it throws, the operator is told one thing. */
    private <T> T asking(Target target, Function<Target, T> question) {
        Policy policy = target.policy();
        try {
            return question.apply(target);
        } catch (RuntimeException failure) {
            listener.storeFailed(new StoreFailed(policy.name(), Operation.ADMIN, policy.failureMode(), failure));
            throw failure instanceof RateLimitUnavailableException known
                    ? known
                    : new RateLimitUnavailableException("the bucket store did not answer an administrator", failure);
        }
    }

    /** Says what came of an action. */
    public enum Result {
        /** It is done. */
        DONE,
        /** There is no policy of that name. */
        UNKNOWN_POLICY,
        /** The request has no key under that policy, and what was to be done is not for all who have none. */
        NO_KEY,
        /** The local store holds as many blocks as it may; nobody was blocked. */
        NO_ROOM
    }

    /**
     * Says how somebody stands under one policy.
     *
     * @param statuses how each limit stands
     * @param blockedFor how much longer he is blocked; zero if he is not
     */
    public record Standing(List<LimitStatus> statuses, Duration blockedFor) {
        /**
         * Copies.
         *
         * @param statuses how each limit stands
         * @param blockedFor how much longer he is blocked
         */
        public Standing {
            statuses = List.copyOf(statuses);
            Objects.requireNonNull(blockedFor, "blockedFor");
        }
    }

    /**
     * Says what is dangerous about a policy ({@link RateLimiter#findings}).
     *
     * @param policy the policy's name
     * @param code what it is, for programs
     * @param sentence what it is, for people
     * @param remedy what to do about it
     */
    public record Finding(String policy, Code code, String sentence, String remedy) {
        /** Names what can be found. */
        public enum Code {
            /** More than 100 may pass at once of a limit that takes over an hour to come back, and no short one holds it. */
            NO_BURST_LIMIT,
            /** {@link FailureMode#OPEN}, and the key is an attribute that callers choose, an account name for example. */
            OPEN_TO_CLAIMS,
            /** Every request is counted by its IPv4 address, with room for fewer than 200, which is one school. */
            SHARED_ADDRESS,
            /** {@link MissingKey#SHARE}, and the key is a user, a tenant or an API key, which nobody has before the login. */
            ANONYMOUS_TOGETHER,
            /** {@link Policy.Mode#SHADOW}. */
            ON_TRIAL,
            /** {@link Policy.Mode#OFF}. */
            AT_REST,
            /** A shared store and version 0. */
            UNVERSIONED,
            /** The key is an attribute that callers choose and the store is this process's own, while others share one. */
            COUNTED_APART
        }
    }

    private record Done(Action action, RequestFacts facts, long tokens, Duration duration) {
        private Done {
            Objects.requireNonNull(facts, "facts");
        }
    }

    /** Somebody under one policy, and his buckets. */
    private record Target(Plan.Entry entry, Object found, List<Unit> units) {
        private static final Set<Action> MEANT_FOR_MANY = EnumSet.of(Action.PEEK, Action.RESET, Action.REWARD);

        static Optional<Target> of(Plan.Entry entry, RequestFacts facts, Action action) {
            return Optional.ofNullable(entry.policy().keyOf(facts))
                    .filter(found -> found != KeySpec.NOBODY || MEANT_FOR_MANY.contains(action))
                    .map(found -> new Target(entry, found, entry.units(facts)));
        }

        Policy policy() {
            return entry.policy();
        }

        Blocks blocks() {
            return entry.blocks();
        }

        Object blockKey() {
            return entry.blockKey(found);
        }

        Standing standing() {
            List<LimitStatus> statuses = new ArrayList<>();
            for (Unit unit : units) {
                Part part = new Part(unit, unit.key(found), 1, false);
                part.answered(unit.peek(part.key, 1), Part.State.PEEKED);
                part.addStatuses(statuses);
            }
            return new Standing(statuses, blocks().asked(blockKey()));
        }
    }
}

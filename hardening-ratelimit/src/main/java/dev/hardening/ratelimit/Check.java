package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Part.State;
import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One decision over all policies.
 *
 * <p>First what is known to be refused is looked up, then buckets in the heap are asked, then those of a shared store:
 * who is blocked, what is carried over from another tier, and the tokens. Each takes; from the first refusal on, the rest
 * are only asked, and what was taken is given back. A concurrent request
 * may be refused by tokens that are about to be given back; none is let through that should not be.
 *
 * <p>A refusal that no shared store has been asked for causes no question to one: a flood that the heap refuses must not
 * reach the store behind it just to name more policies.
 */
final class Check {
    static final Duration STORE_RETRY = Duration.ofSeconds(2);
    /** A failure after less than this was an answer; after more, somebody was waited for. */
    private static final long SLOW = Duration.ofMillis(10).toNanos();

    private static final CompletableFuture<Boolean> DONE = CompletableFuture.completedFuture(true);

    private final List<Part> parts = new ArrayList<>();
    private final List<Suspect> suspects = new ArrayList<>(0);
    private final List<Entrance> entrances = new ArrayList<>(0);
    private final Tally tally;
    private final LongSupplier ticker;
    /** Stores that have kept this decision waiting for nothing, and what they failed of. */
    private final Map<BucketStore, RuntimeException> silent = new ConcurrentHashMap<>();

    private boolean exempt;

    private Check(RateLimitListener listener, LongSupplier ticker) {
        this.tally = new Tally(listener);
        this.ticker = ticker;
    }

    /** Reads all keys, tiers and costs first: a reader of the application that throws must not cost anybody a token. */
    static Check of(Plan plan, Mode mode, RequestFacts facts, RateLimitListener listener) {
        Check check = new Check(listener, plan.ticker());
        for (Plan.Entry entry : plan.entries()) {
            check.prepare(entry, mode, facts);
        }
        return check;
    }

    private void prepare(Plan.Entry entry, Mode over, RequestFacts facts) {
        Policy policy = entry.policy();
        PolicyParts rules = policy.parts();
        Object found = rules.appliesTo(facts) ? policy.keyOf(facts) : null;
        if (found == null) {
            return;
        }
        if (rules.exempts(facts)) {
            exempt = true;
            return;
        }
        boolean shadow = policy.mode() == Mode.SHADOW || over == Mode.SHADOW;
        long cost = rules.costOf(facts);
        List<Unit> units = entry.units(facts);
        int first = parts.size();
        for (Unit unit : units) {
            parts.add(new Part(unit, unit.key(found), cost, shadow));
        }
        if (!entry.blocks().quiet()) {
            suspects.add(new Suspect(entry.blocks(), entry.blockKey(found), parts.get(first)));
        }
        if (!entry.tiers().isEmpty()) {
            entrances.add(new Entrance(entry, found, units, parts.get(first)));
        }
    }

    /** Keeps the thread, and needs no other to hand an answer over. */
    Decision run() {
        begin();
        askBlocks(Asking.WAITING).join();
        settle(true, Asking.WAITING).join();
        for (Part part : waiting()) {
            RuntimeException silence = silent.get(part.unit.store());
            if (tally.silent()) {
                break;
            }
            if (silence != null && part.policy().failureMode() != FailureMode.LOCAL) {
                // Whoever does not answer is waited for once; a share of an outage is not his to give.
                tally.failed(part, Operation.TAKE, silence);
            } else {
                ask(part);
            }
        }
        parts.forEach(this::giveBack);
        return decision();
    }

    CompletableFuture<Decision> runAsync() {
        begin();
        return askBlocks(Asking.GOING_ON)
                .thenCompose(done -> settle(true, Asking.GOING_ON))
                .thenCompose(done -> askShared(waiting()));
    }

    /** Decides without any shared store, as if all were silent, because there is no thread to wait for them. */
    Decision runWithout(RuntimeException why) {
        begin();
        for (Suspect suspect : suspects) {
            noteBlock(suspect, suspect.blocks.known(suspect.key));
        }
        waiting().forEach(part -> tally.failed(part, Operation.TAKE, why));
        parts.forEach(this::giveBack);
        return decision();
    }

    /** All that asks nobody outside of this process. */
    private void begin() {
        findImpossible();
        for (Suspect suspect : suspects) {
            if (!tally.refused() && !suspect.blocks.shared()) {
                noteBlock(suspect, suspect.blocks.known(suspect.key));
            }
        }
        lookUp();
        settle(false, Asking.WAITING).join();
        askHeap();
    }

    /** Asks who is blocked in shared stores, a silent one once: what is known of its other blocks is good enough. */
    private CompletableFuture<Boolean> askBlocks(Asking asking) {
        if (tally.refused() || suspects.isEmpty()) {
            return DONE;
        }
        Set<BucketStore> unheard = new HashSet<>();
        List<Suspect> asked =
                suspects.stream().filter(suspect -> suspect.blocks.shared()).toList();
        return Stages.all(asked, suspect -> left(suspect, unheard, asking)).thenApply(waits -> {
            for (int index = 0; index < waits.size(); index++) {
                noteBlock(asked.get(index), waits.get(index));
            }
            return true;
        });
    }

    private CompletableFuture<Duration> left(Suspect suspect, Set<BucketStore> unheard, Asking asking) {
        BucketStore store = suspect.part.unit.store();
        if (unheard.contains(store)) {
            return CompletableFuture.completedFuture(suspect.blocks.known(suspect.key));
        }
        long begin = ticker.getAsLong();
        CompletableFuture<Duration> left = suspect.blocks.left(suspect.key, asking);
        boolean waited = asking == Asking.WAITING && ticker.getAsLong() - begin >= SLOW;
        if (waited && suspect.blocks.silent()) {
            unheard.add(store);
            silent.putIfAbsent(store, new RateLimitUnavailableException("the bucket store did not answer"));
        }
        return left;
    }

    private void noteBlock(Suspect suspect, Duration wait) {
        if (!wait.isZero()) {
            tally.blocked(suspect.part, wait);
        }
    }

    /** Settles tiers whose buckets are in a shared store, or those in the heap. */
    private CompletableFuture<Boolean> settle(boolean shared, Asking asking) {
        if (tally.refused() || entrances.isEmpty()) {
            return DONE;
        }
        List<Entrance> here = entrances.stream()
                .filter(entrance -> entrance.shared() == shared)
                .toList();
        return Stages.all(here, entrance -> enter(entrance, asking)).thenApply(done -> true);
    }

    /** A store that does not answer here will not answer the take either, which has an answer for it. */
    private CompletableFuture<Boolean> enter(Entrance entrance, Asking asking) {
        long begin = ticker.getAsLong();
        return entrance.enter(asking).handle((sure, failure) -> {
            if (failure != null) {
                tally.failed(entrance.part, Operation.SETTLE, failure);
                noteSilence(entrance.part, begin, failure);
            }
            return true;
        });
    }

    private CompletableFuture<Decision> askShared(List<Part> waiting) {
        return Stages.all(waiting, Check::send).thenCompose(answers -> {
            for (int index = 0; index < waiting.size(); index++) {
                note(waiting.get(index), answers.get(index));
            }
            List<Part> back = parts.stream().filter(this::returns).toList();
            return Stages.all(back, Check::sendBack).thenApply(done -> {
                for (int index = 0; index < back.size(); index++) {
                    noteBack(back.get(index), done.get(index).failure);
                }
                return decision();
            });
        });
    }

    private Decision decision() {
        if (parts.isEmpty()) {
            return exempt ? PlainDecision.EXEMPT : PlainDecision.UNASKED;
        }
        return tally.decision(parts);
    }

    private void findImpossible() {
        for (Part part : parts) {
            if (part.cost > part.unit.smallest()) {
                part.state = State.LEFT_OUT;
                tally.never(part);
            }
        }
    }

    /** What a cache knows to be refused: before a token moves, and without I/O. */
    private void lookUp() {
        for (Part part : parts) {
            if (!tally.refused() && part.unit.shared()) {
                lookUp(part);
            }
        }
    }

    /** A store that fails here is asked for the tokens next, which has an answer for it. */
    private void lookUp(Part part) {
        try {
            part.unit.knownRefusal(part.key, part.cost).ifPresent(take -> tally.answered(part, take, State.PEEKED));
        } catch (RuntimeException failure) {
            part.state = State.UNASKED;
        }
    }

    private void askHeap() {
        for (Part part : parts) {
            if (!part.unit.shared() && part.state == State.UNASKED) {
                ask(part);
            }
        }
    }

    /** The shared buckets that are to be asked; none once something has refused. */
    private List<Part> waiting() {
        if (tally.refused()) {
            return List.of();
        }
        return parts.stream()
                .filter(part -> part.unit.shared() && part.state == State.UNASKED)
                .toList();
    }

    private boolean returns(Part part) {
        return tally.refused() && part.state == State.TAKEN;
    }

    private void noteSilence(Part part, long begin, Throwable failure) {
        if (ticker.getAsLong() - begin >= SLOW) {
            silent.putIfAbsent(part.unit.store(), Failures.cause(failure));
        }
    }

    private void ask(Part part) {
        long begin = part.unit.shared() ? ticker.getAsLong() : 0;
        try {
            if (tally.refused()) {
                tally.answered(part, part.unit.peek(part.key, part.cost), State.PEEKED);
            } else {
                tally.answered(part, part.unit.take(part.key, part.cost), State.TAKEN);
            }
        } catch (RuntimeException | Error failure) {
            // A store is somebody else's code: whatever it throws, the request gets an answer.
            tally.failed(part, Operation.TAKE, failure);
            noteSilence(part, begin, failure);
        }
    }

    private void giveBack(Part part) {
        if (returns(part)) {
            try {
                Objects.requireNonNull(part.take).undo();
                noteBack(part, null);
            } catch (RuntimeException | Error failure) {
                noteBack(part, failure);
            }
        }
    }

    private void noteBack(Part part, @Nullable Throwable failure) {
        if (failure == null) {
            part.state = State.RETURNED;
        } else {
            tally.failed(part, Operation.REFUND, failure);
        }
    }

    private void note(Part part, Answer answer) {
        Take take = answer.take;
        if (take == null) {
            tally.failed(part, Operation.TAKE, Objects.requireNonNull(answer.failure));
            return;
        }
        try {
            tally.answered(part, take, State.TAKEN);
        } catch (RuntimeException failure) {
            tally.failed(part, Operation.TAKE, failure);
        }
    }

    private static CompletableFuture<Answer> send(Part part) {
        return Stages.asked(() -> part.unit.takeAsync(part.key, part.cost)).handle(Answer::new);
    }

    private static CompletableFuture<Answer> sendBack(Part part) {
        Take take = Objects.requireNonNull(part.take);
        return Stages.asked(take::undoAsync).handle((done, failure) -> new Answer(take, failure));
    }

    /** A caller who may be blocked, and the first of his buckets under that policy. */
    private record Suspect(Blocks blocks, Object key, Part part) {}

    /** A caller who comes under a policy with tiers. */
    private record Entrance(Plan.Entry entry, Object found, List<Unit> units, Part part) {
        private CompletableFuture<Boolean> enter(Asking asking) {
            return entry.memory().enter(found, units, entry.allTiers(), asking);
        }

        private boolean shared() {
            return entry.shared();
        }
    }

    private record Answer(@Nullable Take take, @Nullable Throwable failure) {}
}

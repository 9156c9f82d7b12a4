package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Part.State;
import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One decision over all policies.
 *
 * <p>First what is known to be refused is looked up, then buckets in the heap are asked, then those of a shared store.
 * Each takes; from the first refusal on, the rest are only asked, and what was taken is given back. A concurrent request
 * may be refused by tokens that are about to be given back; none is let through that should not be.
 */
final class Check {
    static final Duration STORE_RETRY = Duration.ofSeconds(2);

    private final List<Part> parts = new ArrayList<>();
    private final List<Suspect> suspects = new ArrayList<>(0);
    private final Tally tally;
    private boolean exempt;
    /** A refusal that cost nothing must not cause a round trip just to name others beside it. */
    private boolean quiet;

    private Check(RateLimitListener listener) {
        tally = new Tally(listener);
    }

    /** Reads all keys, tiers and costs first: a reader of the application that throws must not cost anybody a token. */
    static Check of(Plan plan, Mode mode, RequestFacts facts, RateLimitListener listener) {
        Check check = new Check(listener);
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
            enter(entry, found, units);
        }
    }

    /** A store that does not answer here will not answer the take either, which has an answer for it. */
    private void enter(Plan.Entry entry, Object found, List<Unit> units) {
        try {
            entry.memory().enter(found, units, entry.allTiers());
        } catch (RuntimeException failure) {
            tally.failed(parts.get(parts.size() - 1), Operation.SETTLE, failure);
        }
    }

    Decision run() {
        findImpossible();
        for (Suspect suspect : suspects) {
            if (!quiet) {
                noteBlock(suspect, suspect.blocks.left(suspect.key));
            }
        }
        lookUp();
        askHeap();
        for (Part part : parts) {
            if (waiting(part)) {
                ask(part);
            }
        }
        parts.forEach(this::giveBack);
        return decision();
    }

    /** Asks all shared buckets at once: the slowest decides how long it takes, not their sum. */
    CompletionStage<Decision> runAsync() {
        findImpossible();
        if (quiet || suspects.isEmpty()) {
            return askAsync();
        }
        List<CompletableFuture<Duration>> asked = suspects.stream()
                .map(suspect -> suspect.blocks.leftAsync(suspect.key).toCompletableFuture())
                .toList();
        return all(asked).thenCompose(waits -> {
            for (int index = 0; index < waits.size(); index++) {
                noteBlock(suspects.get(index), waits.get(index));
            }
            return askAsync();
        });
    }

    private CompletionStage<Decision> askAsync() {
        lookUp();
        askHeap();
        List<Part> sent = tally.refused()
                ? List.of()
                : parts.stream().filter(this::waiting).toList();
        return all(sent.stream().map(Check::send).toList()).thenCompose(answers -> {
            for (int index = 0; index < sent.size(); index++) {
                note(sent.get(index), answers.get(index));
            }
            List<Part> back = parts.stream().filter(this::returns).toList();
            return all(back.stream().map(Check::sendBack).toList()).thenApply(done -> {
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

    private void noteBlock(Suspect suspect, Duration left) {
        if (!left.isZero()) {
            tally.blocked(suspect.part, left);
            quiet |= tally.refused();
        }
    }

    private void findImpossible() {
        for (Part part : parts) {
            if (part.cost > part.unit.smallest()) {
                part.state = State.LEFT_OUT;
                tally.never(part);
                quiet |= tally.refused();
            }
        }
    }

    /** What a cache knows to be refused: before a token moves, and without I/O. */
    private void lookUp() {
        for (Part part : parts) {
            if (!quiet && part.unit.shared()) {
                knownRefusal(part).ifPresent(take -> {
                    tally.answered(part, take, State.PEEKED);
                    quiet |= tally.refused();
                });
            }
        }
    }

    /** A store that fails here is asked for the tokens next, which has an answer for it. */
    private static Optional<Take> knownRefusal(Part part) {
        try {
            return part.unit.knownRefusal(part.key, part.cost);
        } catch (RuntimeException failure) {
            return Optional.empty();
        }
    }

    private void askHeap() {
        for (Part part : parts) {
            if (!part.unit.shared() && part.state == State.UNASKED) {
                ask(part);
            }
        }
    }

    private boolean waiting(Part part) {
        return !quiet && part.unit.shared() && part.state == State.UNASKED;
    }

    private boolean returns(Part part) {
        return tally.refused() && part.state == State.TAKEN;
    }

    private void ask(Part part) {
        try {
            if (tally.refused()) {
                tally.answered(part, part.unit.peek(part.key, part.cost), State.PEEKED);
            } else {
                tally.answered(part, part.unit.take(part.key, part.cost), State.TAKEN);
            }
        } catch (RuntimeException failure) {
            // A store is somebody else's code: whatever it throws, the request gets an answer.
            tally.failed(part, Operation.TAKE, failure);
        }
    }

    private void giveBack(Part part) {
        if (returns(part)) {
            try {
                Objects.requireNonNull(part.take).undo();
                noteBack(part, null);
            } catch (RuntimeException failure) {
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
        if (take != null) {
            tally.answered(part, take, State.TAKEN);
        } else {
            tally.failed(part, Operation.TAKE, Objects.requireNonNull(answer.failure));
        }
    }

    private static CompletableFuture<Answer> send(Part part) {
        try {
            return part.unit.takeAsync(part.key, part.cost).handle(Answer::new).toCompletableFuture();
        } catch (RuntimeException failure) {
            return CompletableFuture.completedFuture(new Answer(null, failure));
        }
    }

    private static CompletableFuture<Answer> sendBack(Part part) {
        Take take = Objects.requireNonNull(part.take);
        return take.undoAsync()
                .handle((done, failure) -> new Answer(take, failure))
                .toCompletableFuture();
    }

    private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
    }

    /** A caller who may be blocked, and the first of his buckets under that policy. */
    private record Suspect(Blocks blocks, Object key, Part part) {}

    private record Answer(@Nullable Take take, @Nullable Throwable failure) {}
}

package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import java.lang.ref.Reference;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts one policy in this process by a share of its limits while the shared store is silent, and settles up when it
 * answers again.
 *
 * <p>Whatever is spent here is put down in the {@link SpentLedger} and debited from the shared bucket later, so that an
 * outage is no free window. What was left of this process's share stays as it is when the outage ends: a store that
 * comes and goes gives nobody a new share each time.
 *
 * <p>A refund or reset during an outage reaches this process's share and what it has put down, and is not made up for in
 * the shared bucket later: that errs on the side of refusing.
 */
final class FallbackSpace {
    private final Space local;
    private final SpentLedger ledger;
    private final SpentLedger.Terms terms;

    FallbackSpace(Space local, SpentLedger ledger, SpaceSpec spec) {
        this.local = local;
        this.ledger = ledger;
        this.terms = SpentLedger.Terms.of(spec.limits());
    }

    /** The policy with a share of its limits: of what fits and of what comes back, each rounded up. */
    static SpaceSpec share(SpaceSpec spec, double share) {
        BigDecimal factor = BigDecimal.valueOf(share);
        return new SpaceSpec(
                spec.name(),
                spec.limits().stream().map(limit -> share(limit, factor)).toList(),
                spec.version(),
                spec.onFailure());
    }

    private static Limit share(Limit limit, BigDecimal factor) {
        return new Limit(
                limit.id(), part(limit.capacity(), factor), part(limit.refill(), factor), limit.per(), limit.style());
    }

    private static long part(long tokens, BigDecimal factor) {
        return factor.multiply(BigDecimal.valueOf(tokens))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }

    Take take(String key, long tokens) {
        Take take = local.take(key, tokens);
        if (!take.granted()) {
            return new ReplacedTake(take, Source.FALLBACK, ReplacedTake::nothing);
        }
        boolean noted = ledger.spend(key, tokens, terms);
        return new ReplacedTake(take, Source.FALLBACK, () -> {
            take.undo();
            if (noted) {
                ledger.forgive(key, tokens);
            }
        });
    }

    Take peek(String key, long tokens) {
        return new ReplacedTake(local.peek(key, tokens), Source.FALLBACK, ReplacedTake::nothing);
    }

    /** The ledger of a space that nobody can reach may go ({@link KeptByName}), but not with a debt on its way to it. */
    void debit(String key, long tokens) {
        try {
            local.debit(key, tokens);
            ledger.spend(key, tokens, terms);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    void credit(String key, long tokens) {
        local.credit(key, tokens);
        ledger.forgive(key, tokens);
    }

    void reset(String key) {
        local.reset(key);
        ledger.clear(key, terms);
    }

    /** Whether a key must be counted here although the store answers, for want of room to note that it has paid. */
    boolean strands(String key) {
        return ledger.strands(key);
    }

    /** Debits from the shared bucket of a key what is owed and due; whether there was anything. */
    boolean settle(String key, Space shared) {
        Debt debt = debt(key);
        if (debt == null) {
            return false;
        }
        try {
            shared.debit(key, debt.tokens());
        } catch (RuntimeException | Error failure) {
            keep(debt);
            throw failure;
        }
        return true;
    }

    /** As {@link #settle}, and then asks; nobody waits. */
    CompletionStage<Take> settleAsync(String key, Space shared, Supplier<CompletionStage<Take>> take) {
        Debt debt = debt(key);
        return debt == null ? take.get() : payAsync(debt, shared).thenCompose(paid -> take.get());
    }

    /** What somebody owes and is due, or null; the caller pays it or brings it back. */
    @Nullable
    Debt someDebt() {
        String key = ledger.debtor();
        return key == null ? null : debt(key);
    }

    boolean keep(Debt debt) {
        try {
            ledger.keep(debt.key(), debt.tokens(), terms);
            return false;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private @Nullable Debt debt(String key) {
        long owed = ledger.claim(key, terms);
        return owed == 0 ? null : new Debt(key, owed);
    }

    private CompletionStage<?> payAsync(Debt debt, Space shared) {
        CompletionStage<?> paying;
        try {
            paying = shared.debitAsync(debt.key(), debt.tokens());
        } catch (RuntimeException | Error failure) {
            keep(debt);
            throw failure;
        }
        return paying.whenComplete((paid, failure) -> {
            if (failure != null) {
                keep(debt);
            }
        });
    }

    /** A sum that exactly one caller has to debit from the shared bucket of a key. */
    record Debt(String key, long tokens) {}
}

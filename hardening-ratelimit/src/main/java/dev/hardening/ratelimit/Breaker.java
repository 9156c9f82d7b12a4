package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode.Trip;
import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import dev.hardening.ratelimit.RateLimitEvent.StoreStateChanged;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps callers away from a store that does not answer; one for a store, whatever the policies.
 *
 * <p>Closed until failures pile up, then open: nobody waits for the store any more. Once a second one call probes it
 * (half-open); if that is answered, all go again. There is no thread and no lock: the calls themselves move the states,
 * each with a single compare-and-set, and none of them waits for another.
 */
final class Breaker {
    private final String store;
    private final Trip trip;
    private final LongSupplier ticker;
    private final RateLimitListener listener;
    private final AtomicReference<BreakerState> state;
    private volatile boolean answered;

    Breaker(OutageSpec spec, RateLimitListener listener) {
        this.store = spec.name();
        this.trip = spec.trip();
        this.ticker = spec.ticker();
        this.listener = listener;
        this.state = new AtomicReference<>(new ClosedState(this, ticker.getAsLong()));
    }

    Trip trip() {
        return trip;
    }

    /**
     * Asks the store if it may be asked; else, or if it fails, answers {@code instead}, which hears the failure, or
     * null if the store was left alone.
     */
    <T> T call(Supplier<T> exact, Function<@Nullable RuntimeException, T> instead) {
        BreakerState admitted = current().admit(ticker.getAsLong());
        if (admitted == null) {
            return instead.apply(null);
        }
        T answer;
        try {
            answer = exact.get();
        } catch (IllegalArgumentException wrongUse) {
            failed(admitted, wrongUse);
            throw wrongUse; // the caller's doing, which no fallback answers for
        } catch (RuntimeException failure) {
            failed(admitted, failure);
            return instead.apply(failure);
        } catch (Error failure) {
            failed(admitted, failure);
            throw failure;
        }
        succeeded(admitted);
        return answer;
    }

    /** As {@link #call}, for a store that answers later; nobody waits. */
    <T> CompletionStage<T> callAsync(
            Supplier<CompletionStage<T>> exact, Function<@Nullable RuntimeException, T> instead) {
        BreakerState admitted = current().admit(ticker.getAsLong());
        if (admitted == null) {
            return now(() -> instead.apply(null));
        }
        CompletionStage<T> asked;
        try {
            asked = exact.get();
        } catch (IllegalArgumentException wrongUse) {
            failed(admitted, wrongUse);
            return CompletableFuture.failedStage(wrongUse);
        } catch (RuntimeException | Error failure) {
            RuntimeException cause = Failures.cause(failure);
            failed(admitted, cause);
            return now(() -> instead.apply(cause));
        }
        return asked.handle((answer, failure) -> {
            if (failure == null) {
                succeeded(admitted);
                return answer;
            }
            RuntimeException cause = Failures.cause(failure);
            failed(admitted, cause);
            if (cause instanceof IllegalArgumentException) {
                throw cause;
            }
            return instead.apply(cause);
        });
    }

    /** What a call is told while the store is left alone. */
    RateLimitUnavailableException silence() {
        String message = "the bucket store \"" + store + "\" does not answer and is left alone for the moment";
        Throwable cause = current().cause();
        return cause == null
                ? new RateLimitUnavailableException(message)
                : new RateLimitUnavailableException(message, cause);
    }

    Health health() {
        BreakerState current = current();
        Duration age = Duration.ofNanos(Math.max(0, ticker.getAsLong() - current.changed()));
        if (current.kind() != StoreState.ANSWERING) {
            return new Health(Health.Status.DOWN, age);
        }
        return new Health(answered ? Health.Status.UP : Health.Status.UNKNOWN, age);
    }

    /** Goes over to another state, unless somebody was faster. */
    boolean replace(BreakerState from, BreakerState to) {
        if (!state.compareAndSet(from, to)) {
            return false;
        }
        if (from.kind() != to.kind()) {
            Duration lasted = Duration.ofNanos(Math.max(0, to.since() - from.since()));
            listener.storeStateChanged(new StoreStateChanged(store, from.kind(), to.kind(), lasted));
        }
        return true;
    }

    private BreakerState current() {
        return Objects.requireNonNull(state.get());
    }

    private void succeeded(BreakerState admitted) {
        if (!answered) {
            answered = true;
        }
        admitted.succeeded(ticker.getAsLong());
    }

    /** Wrong use says nothing about the store, and a caller who was interrupted has learned nothing about it. */
    private void failed(BreakerState admitted, Throwable failure) {
        long now = ticker.getAsLong();
        if (failure instanceof IllegalArgumentException
                || Thread.currentThread().isInterrupted()) {
            admitted.learnedNothing(now);
        } else {
            admitted.failed(now, failure);
        }
    }

    private static <T> CompletionStage<T> now(Supplier<T> answer) {
        try {
            return CompletableFuture.completedStage(answer.get());
        } catch (RuntimeException failure) {
            return CompletableFuture.failedStage(failure);
        }
    }
}

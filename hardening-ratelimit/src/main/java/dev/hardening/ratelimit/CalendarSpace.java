package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Limit.Refill;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A quota by the calendar: a bucket of its own for each day, week or month, which is never filled up.
 *
 * <p>bucket4j's aligned refill adds a fixed length to an instant and is an hour off after a clock change. Here the period
 * stands in the key, so a quota ends at the wall's midnight whatever the length of the day, and a clock that is set back
 * finds the bucket of that day again.
 *
 * <p>The wall is the store's, if it has a time of its own ({@link BucketStore#time}): processes whose clocks differ would
 * be in different periods about its end, and each would have a quota of its own.
 */
record CalendarSpace(BucketStore.Space space, Limit limit, Times times) implements BucketStore.Space {
    /** More than any clock change. */
    private static final Duration CLOCK_CHANGE = Duration.ofHours(3);

    /** The limit as a store keeps it: nothing comes back within a period, however long its days are. */
    static Limit stored(Limit limit) {
        return new Limit(
                limit.id(), limit.capacity(), limit.capacity(), limit.per().plus(CLOCK_CHANGE), new Refill.Interval());
    }

    @Override
    public Take take(String key, long tokens) {
        return inTime(suffix -> space.take(key + suffix, tokens));
    }

    @Override
    public Take peek(String key, long tokens) {
        return inTime(suffix -> space.peek(key + suffix, tokens));
    }

    @Override
    public void debit(String key, long tokens) {
        space.debit(key + now().suffix, tokens);
    }

    @Override
    public void credit(String key, long tokens) {
        space.credit(key + now().suffix, tokens);
    }

    @Override
    public void reset(String key) {
        space.reset(key + now().suffix);
    }

    @Override
    public Optional<Take> knownRefusal(String key, long tokens) {
        Period period = now();
        return space.knownRefusal(key + period.suffix, tokens).map(take -> period.told(take, limit));
    }

    @Override
    public CompletionStage<Take> takeAsync(String key, long tokens) {
        return inTimeAsync(suffix -> space.takeAsync(key + suffix, tokens));
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long tokens) {
        return inTimeAsync(suffix -> space.peekAsync(key + suffix, tokens));
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long tokens) {
        return space.debitAsync(key + now().suffix, tokens);
    }

    @Override
    public CompletionStage<?> creditAsync(String key, long tokens) {
        return space.creditAsync(key + now().suffix, tokens);
    }

    @Override
    public boolean blocking() {
        return space.blocking();
    }

    @Override
    public OptionalLong size() {
        return space.size();
    }

    private Period now() {
        Optional<Instant> ofStore = times.store.time();
        Instant now = ofStore.orElseGet(times.clock::instant);
        return Period.at(now, ofStore.isPresent(), (Refill.Calendar) limit.style());
    }

    /** Asks again if the first call of a process has made the store's time known, and the period is another one. */
    private Take inTime(Function<String, Take> question) {
        Period period = now();
        Take take = question.apply(period.suffix);
        Period after = known(period);
        if (after.suffix.equals(period.suffix)) {
            return period.told(take, limit);
        }
        take.undo();
        return after.told(question.apply(after.suffix), limit);
    }

    private CompletionStage<Take> inTimeAsync(Function<String, CompletionStage<Take>> question) {
        Period period = now();
        return question.apply(period.suffix).thenCompose(take -> {
            Period after = known(period);
            if (after.suffix.equals(period.suffix)) {
                return CompletableFuture.completedStage(period.told(take, limit));
            }
            return take.undoAsync()
                    .thenCompose(done -> question.apply(after.suffix))
                    .thenApply(again -> after.told(again, limit));
        });
    }

    /** The period by the store's time if it is known now and was not, else the same. */
    private Period known(Period period) {
        return period.ofStore || times.store.time().isEmpty() ? period : now();
    }

    /** The store, whose time decides, and the limiter's clock for a store without one. */
    record Times(BucketStore store, Clock clock) {}

    /** One period of the calendar, seen from an instant in it, and whether that was the store's. */
    private record Period(String suffix, Duration left, boolean ofStore) {
        private static Period at(Instant now, boolean ofStore, Refill.Calendar calendar) {
            LocalDate today = LocalDate.ofInstant(now, calendar.zone());
            LocalDate first = switch (calendar.unit()) {
                case DAY -> today;
                case WEEK -> today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                case MONTH -> today.withDayOfMonth(1);
            };
            LocalDate next = switch (calendar.unit()) {
                case DAY -> first.plusDays(1);
                case WEEK -> first.plusWeeks(1);
                case MONTH -> first.plusMonths(1);
            };
            Instant end = next.atStartOfDay(calendar.zone()).toInstant();
            return new Period("@" + first, Duration.between(now, end), ofStore);
        }

        private Take told(Take take, Limit limit) {
            long available = take.available();
            Duration next = available < limit.capacity() ? left : Duration.ZERO;
            Level level = new Level(available, next, take.granted() ? Duration.ZERO : left);
            return new CalendarTake(take, level);
        }
    }

    private record CalendarTake(Take take, Level level) implements Take {
        @Override
        public boolean granted() {
            return take.granted();
        }

        @Override
        public List<Level> levels() {
            return List.of(level);
        }

        @Override
        public BucketStore.Source source() {
            return take.source();
        }

        @Override
        public void undo() {
            take.undo();
        }

        @Override
        public CompletionStage<?> undoAsync() {
            return take.undoAsync();
        }
    }
}

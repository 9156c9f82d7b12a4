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
import java.util.concurrent.CompletionStage;

/**
 * A quota by the calendar: a bucket of its own for each day, week or month, which is never filled up.
 *
 * <p>bucket4j's aligned refill adds a fixed length to an instant and is an hour off after a clock change. Here the period
 * stands in the key, so a quota ends at the wall's midnight whatever the length of the day, and a clock that is set back
 * finds the bucket of that day again.
 */
record CalendarSpace(BucketStore.Space space, Limit limit, Clock clock) implements BucketStore.Space {
    /** More than any clock change. */
    private static final Duration CLOCK_CHANGE = Duration.ofHours(3);

    /** The limit as a store keeps it: nothing comes back within a period, however long its days are. */
    static Limit stored(Limit limit) {
        return new Limit(
                limit.id(), limit.capacity(), limit.capacity(), limit.per().plus(CLOCK_CHANGE), new Refill.Interval());
    }

    @Override
    public Take take(String key, long tokens) {
        Period period = now();
        return period.told(space.take(key + period.suffix, tokens), limit);
    }

    @Override
    public Take peek(String key, long tokens) {
        Period period = now();
        return period.told(space.peek(key + period.suffix, tokens), limit);
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
        Period period = now();
        return space.takeAsync(key + period.suffix, tokens).thenApply(take -> period.told(take, limit));
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long tokens) {
        Period period = now();
        return space.peekAsync(key + period.suffix, tokens).thenApply(take -> period.told(take, limit));
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
        return Period.at(clock.instant(), (Refill.Calendar) limit.style());
    }

    /** One period of the calendar, seen from an instant in it. */
    private record Period(String suffix, Duration left) {
        private static Period at(Instant now, Refill.Calendar calendar) {
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
            return new Period("@" + first, Duration.between(now, end));
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

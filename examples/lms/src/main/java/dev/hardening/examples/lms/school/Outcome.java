package dev.hardening.examples.lms.school;

import java.util.function.Function;

/**
 * What became of a call: a value or a refusal.
 *
 * @param <T> the value
 */
public sealed interface Outcome<T> {
    /** Takes either side. */
    <R> R fold(Function<? super T, ? extends R> done, Function<Refusal, ? extends R> refused);

    /** Wraps a value. */
    static <T> Outcome<T> done(T value) {
        return new Done<>(value);
    }

    /** Wraps a refusal. */
    static <T> Outcome<T> refused(Refusal reason) {
        return new Refused<>(reason);
    }

    /**
     * It was done.
     *
     * @param value the result
     */
    record Done<T>(T value) implements Outcome<T> {
        @Override
        public <R> R fold(Function<? super T, ? extends R> done, Function<Refusal, ? extends R> refused) {
            return done.apply(value);
        }
    }

    /**
     * It was refused.
     *
     * @param reason why
     */
    record Refused<T>(Refusal reason) implements Outcome<T> {
        @Override
        public <R> R fold(Function<? super T, ? extends R> done, Function<Refusal, ? extends R> refused) {
            return refused.apply(reason);
        }
    }
}

package dev.hardening.ratelimit;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What a store keeps for each name, over all versions of a policy.
 *
 * <p>It stays while anything that was opened on it can be reached, a decision that may yet be refunded for example, and
 * after that until it has nothing to remember: a policy that is taken away and comes back finds its debts. What may go
 * is looked for whenever a name is opened, since nothing is added otherwise.
 *
 * @param <T> what is kept
 */
final class KeptByName<T> {
    private final Predicate<T> forgettable;
    private final Map<String, Kept<T>> names = new HashMap<>();

    /** {@code forgettable} says of something that nobody uses any more whether it may go. */
    KeptByName(Predicate<T> forgettable) {
        this.forgettable = forgettable;
    }

    /** Opens something on what is kept under a name; that has to be used for as long as changes are to be remembered. */
    synchronized <S> S open(String name, Supplier<T> making, Function<T, S> opening) {
        names.entrySet().removeIf(other -> !other.getKey().equals(name) && mayGo(other.getValue()));
        Kept<T> mine = names.computeIfAbsent(name, absent -> new Kept<>(making.get()));
        S opened = opening.apply(mine.state);
        mine.isUsedBy(opened);
        return opened;
    }

    synchronized void forEach(Consumer<T> action) {
        names.values().forEach(kept -> action.accept(kept.state));
    }

    synchronized int size() {
        return names.size();
    }

    private boolean mayGo(Kept<T> kept) {
        return !kept.isUsed() && forgettable.test(kept.state);
    }

    private static final class Kept<T> {
        private final T state;
        private final List<WeakReference<Object>> users = new ArrayList<>(1);

        private Kept(T state) {
            this.state = state;
        }

        private void isUsedBy(Object user) {
            users.removeIf(known -> known.refersTo(null) || known.refersTo(user));
            users.add(new WeakReference<>(user));
        }

        private boolean isUsed() {
            return users.stream().anyMatch(known -> !known.refersTo(null));
        }
    }
}

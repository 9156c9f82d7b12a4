package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Slows down guessing at a login without ever locking anybody out.
 *
 * <p>Counts three ways at once: the account from one client's network, the account from everywhere, and the network
 * over all accounts. In each, some failures are free; then every failure doubles the wait, up to a longest. An attempt
 * is paid for <em>before</em> the password is looked at, so guesses sent side by side do not slip through together, and
 * paid back when the password was right. A right password clears what the account has run up, not what the network has.
 *
 * <p>All state is in a {@link BucketStore}; with a shared one, several processes are one throttle and a restart forgives
 * nothing. While the store does not answer nobody gets in ({@link Attempt.Reason#STORE}): a login is never open.
 *
 * <p>Safe for many threads. A begin is three round trips to a shared store, a failure six at most.
 */
public final class LoginThrottle {
    private final String name;
    private final Map<Dimension, ThrottleGate> gates;
    private final RateLimitListener listener;

    private LoginThrottle(Builder builder) {
        name = builder.name;
        listener = new GuardedListener(builder.listener);
        BucketStore store = builder.store == null ? BucketStores.local() : builder.store;
        gates = new EnumMap<>(Dimension.class);
        builder.backoffs.forEach(
                (dimension, backoff) -> gates.put(dimension, ThrottleGate.open(store, name, dimension, backoff)));
    }

    /**
     * Starts a throttle.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Asks whether a password may be looked at now, and pays for it.
     *
     * @param tenant the tenant, existing or not
     * @param canonicalAccount the account as the authenticator knows it, existing or not; brought to the form of
     *     {@link AccountNames#canonical} once more
     * @param clientAddress the client's address, from {@link ClientIpResolver}; anything else counts as one client
     * @return {@link Attempt.Admitted}, to be told how it went, or {@link Attempt.Throttled}
     */
    public Attempt begin(String tenant, String canonicalAccount, String clientAddress) {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(clientAddress, "clientAddress");
        String account = AccountNames.canonical(canonicalAccount);
        List<ThrottleGate.Ticket> tickets = new ArrayList<>();
        Refusal refusal = null;
        try {
            for (Map.Entry<Dimension, String> key :
                    ThrottleKeys.of(tenant, account, clientAddress).entrySet()) {
                ThrottleGate gate = Objects.requireNonNull(gates.get(key.getKey()));
                refusal = enter(gate, key.getValue(), tickets, refusal);
            }
        } catch (RuntimeException failure) {
            failed(RateLimitEvent.Operation.TAKE, failure);
            refusal = new Refusal(Dimension.ACCOUNT, Check.STORE_RETRY, Attempt.Reason.STORE);
        }
        if (refusal == null) {
            return new Attempt.Admitted(this, tickets);
        }
        tickets.forEach(ticket -> safely(RateLimitEvent.Operation.REFUND, ticket::refund));
        if (refusal.reason == Attempt.Reason.LIMIT) {
            listener.loginThrottled(new RateLimitEvent.LoginThrottled(
                    name, tenant, account, clientAddress, refusal.dimension, refusal.delay));
        }
        return new Attempt.Throttled(refusal.delay, refusal.reason);
    }

    /** Takes a ticket at one gate; after a refusal only asks, so that the wait told is the longest of all. */
    private static @Nullable Refusal enter(
            ThrottleGate gate, String key, List<ThrottleGate.Ticket> tickets, @Nullable Refusal before) {
        BucketStore.Take take = before == null ? gate.take(key) : gate.peek(key);
        if (take.granted()) {
            tickets.add(gate.ticket(key, take));
            return before;
        }
        boolean longer = before == null || take.retryAfter().compareTo(before.delay) > 0;
        return longer ? new Refusal(gate.dimension(), take.retryAfter(), Attempt.Reason.LIMIT) : before;
    }

    private void safely(RateLimitEvent.Operation operation, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException failure) {
            failed(operation, failure);
        }
    }

    private void failed(RateLimitEvent.Operation operation, RuntimeException failure) {
        listener.storeFailed(new RateLimitEvent.StoreFailed(name, operation, FailureMode.CLOSED, failure));
    }

    private record Refusal(Dimension dimension, Duration delay, Attempt.Reason reason) {}

    /** Says what failures are counted by. */
    public enum Dimension {
        /** One account, tried from one network. */
        ACCOUNT_AND_CLIENT,
        /** One account, tried from anywhere. */
        ACCOUNT,
        /** One IPv4 address, over all accounts; a whole school may sit behind it. */
        CLIENT_IPV4,
        /** One IPv6 /64, or a client without an address, over all accounts. */
        CLIENT_IPV6
    }

    /**
     * Says how waits grow in one dimension: {@code free} failures, then {@code delay}, twice that, and so on.
     *
     * @param free failures without a wait, 1 to 100,000
     * @param delay the first wait, at least 1 ms
     * @param longest the longest wait, {@code delay} to 1 day
     * @param forgiveness the time in which one failure is forgotten, at least 1 s
     */
    public record Backoff(int free, Duration delay, Duration longest, Duration forgiveness) {
        /**
         * Checks the figures.
         *
         * @param free failures without a wait
         * @param delay the first wait
         * @param longest the longest wait
         * @param forgiveness the time in which one failure is forgotten
         * @throws IllegalArgumentException if one is out of range
         */
        public Backoff {
            ThrottleGate.requireSound(free, delay, longest, forgiveness);
        }
    }

    /** Says whether a password may be looked at. */
    public sealed interface Attempt {
        /**
         * Handles both cases.
         *
         * @param admitted for an attempt that may go on
         * @param throttled for one that has to wait
         * @param <T> what they make of it
         * @return what the one that applied returned
         */
        <T> T fold(Function<Admitted, T> admitted, Function<Throttled, T> throttled);

        /** Says why an attempt has to wait. */
        enum Reason {
            /** Too many failures: 429. */
            LIMIT,
            /** The store did not answer: 503. */
            STORE
        }

        /**
         * An attempt that is paid for. Tell it how it went; the first word counts. Told nothing, the price stays paid.
         */
        final class Admitted implements Attempt {
            private final LoginThrottle throttle;
            private final List<ThrottleGate.Ticket> tickets;
            private final AtomicBoolean told = new AtomicBoolean();

            private Admitted(LoginThrottle throttle, List<ThrottleGate.Ticket> tickets) {
                this.throttle = throttle;
                this.tickets = List.copyOf(tickets);
            }

            /** Says that the password was right: clears the account, pays the network back. Never throws. */
            public void succeeded() {
                tell(RateLimitEvent.Operation.REFUND, ThrottleGate.Ticket::succeeded);
            }

            /** Says that the password was wrong: counts a failure and lengthens the wait. Never throws. */
            public void failed() {
                tell(RateLimitEvent.Operation.PENALTY, ThrottleGate.Ticket::failed);
            }

            /** Says that the password was never looked at, for example under overload: pays back. Never throws. */
            public void withdrawn() {
                tell(RateLimitEvent.Operation.REFUND, ThrottleGate.Ticket::refund);
            }

            @Override
            public <T> T fold(Function<Admitted, T> admitted, Function<Throttled, T> throttled) {
                return admitted.apply(this);
            }

            private void tell(RateLimitEvent.Operation operation, Consumer<ThrottleGate.Ticket> word) {
                if (told.compareAndSet(false, true)) {
                    tickets.forEach(ticket -> throttle.safely(operation, () -> word.accept(ticket)));
                }
            }
        }

        /**
         * An attempt that has to wait; the password must not be looked at.
         *
         * @param retryAfter waiting exactly this long is enough if nobody else tries
         * @param reason why
         */
        record Throttled(Duration retryAfter, Reason reason) implements Attempt {
            @Override
            public <T> T fold(Function<Admitted, T> admitted, Function<Throttled, T> throttled) {
                return throttled.apply(this);
            }
        }
    }

    /** Collects a throttle; not for several threads. */
    public static final class Builder {
        private static final Duration QUARTER = Duration.ofMinutes(15);
        private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
        private static final Duration HALF_HOUR = Duration.ofMinutes(30);

        private final Map<Dimension, Backoff> backoffs = new EnumMap<>(Dimension.class);
        private String name = "login";
        private @Nullable BucketStore store;
        private RateLimitListener listener = RateLimitListener.none();

        private Builder() {
            backoff(Dimension.ACCOUNT_AND_CLIENT, new Backoff(5, TEN_SECONDS, QUARTER, HALF_HOUR));
            backoff(Dimension.ACCOUNT, new Backoff(20, TEN_SECONDS, QUARTER, HALF_HOUR));
            backoff(
                    Dimension.CLIENT_IPV4,
                    new Backoff(250, Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofSeconds(36)));
            backoff(
                    Dimension.CLIENT_IPV6,
                    new Backoff(50, Duration.ofSeconds(1), Duration.ofSeconds(90), Duration.ofMinutes(3)));
        }

        /**
         * Names the throttle, so that several can share a store; {@code login} if not called.
         *
         * @param prefix {@code [a-z][a-z0-9._-]{0,40}}
         * @return this builder
         */
        public Builder name(String prefix) {
            name = Objects.requireNonNull(prefix, "prefix");
            return this;
        }

        /**
         * Sets where failures are counted; in this process if not called, so that a restart forgives them.
         *
         * @param buckets the store; it stays the caller's to close
         * @return this builder
         */
        public Builder store(BucketStore buckets) {
            store = Objects.requireNonNull(buckets, "buckets");
            return this;
        }

        /**
         * Sets how waits grow in one dimension. If not called: 5 free per account and network and 20 per account, then
         * 10 s doubling to 15 min; 250 free per IPv4 address, then 200 ms to 20 s; 50 free per IPv6 /64, then 1 s to
         * 90 s.
         *
         * @param dimension what is counted by
         * @param backoff the figures
         * @return this builder
         */
        public Builder backoff(Dimension dimension, Backoff backoff) {
            backoffs.put(Objects.requireNonNull(dimension, "dimension"), Objects.requireNonNull(backoff, "backoff"));
            return this;
        }

        /**
         * Sets who hears of throttled attempts and store failures; nobody if not called.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(RateLimitListener observer) {
            listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the throttle.
         *
         * @return the throttle
         * @throws RateLimitConfigurationException if the name is taken in the store by other limits, or no name
         */
        public LoginThrottle build() {
            try {
                return new LoginThrottle(this);
            } catch (IllegalArgumentException refused) {
                throw new RateLimitConfigurationException(
                        List.of("login throttle \"" + name + "\": " + refused.getMessage()));
            }
        }
    }
}

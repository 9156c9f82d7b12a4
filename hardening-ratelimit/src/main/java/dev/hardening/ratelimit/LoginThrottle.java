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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Slows down guessing at a login without ever locking anybody out.
 *
 * <p>Counts several ways at once: the account from one client's network, the account from everywhere, and the network
 * over all accounts, for IPv6 the /64 and the /48. In each, some failures are free; then every failure doubles the wait,
 * up to a longest. An attempt is paid for <em>before</em> the password is looked at, so guesses sent side by side do not
 * slip through together, and paid back when the password was right. A right password clears what the account has run up,
 * not what the network has.
 *
 * <p>An attempt from a device that {@link KnownDevices} recognizes goes by a gate of its own, which strangers cannot
 * shut; if the device itself has guessed too often, or all known devices of the account together have, it is treated like
 * anybody. A right password clears what it came by: a login from a known device clears that device, and forgives
 * strangers and the account's other devices nothing.
 *
 * <p>All state is in a {@link BucketStore}; with a shared one, several processes are one throttle and a restart forgives
 * nothing. While that one is silent, its fallback counts here by a share of the figures and waits do not double; without
 * a fallback nobody gets in ({@link Attempt.Reason#STORE}). A login is never open.
 *
 * <p>Safe for many threads. Blocks as the store does: a begin is at most six round trips to a shared one, and four
 * more to give back what was paid before a refusal; its outcome eight. The password hash that follows blocks longer, so
 * begin on the thread that hashes.
 */
public final class LoginThrottle {
    private final String name;
    private final Map<Dimension, ThrottleGate> gates;
    private final RateLimitListener listener;
    private final FailureMode onStoreFailure;

    private LoginThrottle(Builder builder) {
        name = builder.name;
        onStoreFailure = builder.onStoreFailure;
        listener = new GuardedListener(builder.listener);
        BucketStore store = builder.store == null ? BucketStores.local() : builder.store;
        gates = new EnumMap<>(Dimension.class);
        builder.backoffs.forEach(
                (dimension, backoff) -> gates.put(dimension, ThrottleGate.open(builder, store, dimension, backoff)));
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
     * Starts a throttle for the codes of a second factor: 5 free per account and 5 per account and network, then 30 s
     * doubling to 1 hour, and one failure forgotten in 2 hours; 10 free for all known devices together; the networks as
     * for a login.
     *
     * <p>Stricter by account than a login, because only who has passed the first factor gets here, and a code of six
     * digits must not be met by chance.
     *
     * @return a builder for one thread, named {@code mfa}
     */
    public static Builder forSecondFactor() {
        Backoff strict = ThrottleDefaults.secondFactor();
        return builder()
                .name("mfa")
                .backoff(Dimension.ACCOUNT_AND_CLIENT, strict)
                .backoff(Dimension.ACCOUNT, strict)
                .backoff(Dimension.DEVICE, strict)
                .backoff(Dimension.ACCOUNT_DEVICES, ThrottleDefaults.secondFactorOfDevices());
    }

    /**
     * Asks whether a password may be looked at now, and pays for it; for an attempt from a device that is not known.
     *
     * @param tenant the tenant, existing or not, in the one spelling it has; see {@link Request}
     * @param canonicalAccount the account as the authenticator knows it, existing or not; brought to the form of
     *     {@link AccountNames#canonical} once more
     * @param clientAddress the client's address, from {@link ClientIpResolver}; anything else counts as one client
     * @return {@link Attempt.Admitted}, to be told how it went, or {@link Attempt.Throttled}
     */
    public Attempt begin(String tenant, String canonicalAccount, String clientAddress) {
        return begin(Request.of(tenant, canonicalAccount, clientAddress));
    }

    /**
     * Asks whether a password may be looked at now, and pays for it.
     *
     * @param request who says to be whom, from where and on what
     * @return {@link Attempt.Admitted}, to be told how it went, or {@link Attempt.Throttled}
     */
    public Attempt begin(Request request) {
        String account = AccountNames.canonical(request.account());
        ThrottleRound round = new ThrottleRound(this);
        ThrottleRound.Refusal refusal = round.run(ThrottleKeys.of(request, account));
        if (refusal == null) {
            return new Attempt.Admitted(this, round.tickets());
        }
        if (refusal.reason() == Attempt.Reason.LIMIT) {
            listener.loginThrottled(new RateLimitEvent.LoginThrottled(
                    name, request.tenant(), account, request.clientAddress(), refusal.dimension(), refusal.delay()));
        }
        return new Attempt.Throttled(refusal.delay(), refusal.reason());
    }

    ThrottleGate gate(Dimension dimension) {
        return Objects.requireNonNull(gates.get(dimension));
    }

    void safely(RateLimitEvent.Operation operation, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException failure) {
            failed(operation, failure);
        }
    }

    void failed(RateLimitEvent.Operation operation, RuntimeException failure) {
        listener.storeFailed(new RateLimitEvent.StoreFailed(name, operation, onStoreFailure, failure));
    }

    /**
     * One attempt: who says to be whom, from where and on what. Unlike the account, the tenant is counted as given: if
     * the authenticator takes several spellings of it for one, bring it to one before, or each is counted anew.
     *
     * @param tenant the tenant, existing or not, in the one spelling it has
     * @param account the account as the authenticator knows it, existing or not; brought to the form of
     *     {@link AccountNames#canonical} once more
     * @param clientAddress the client's address, from {@link ClientIpResolver}; anything else counts as one client
     * @param device from {@link KnownDevices#recognize} for this tenant and account; another account's counts as none
     */
    public record Request(String tenant, String account, String clientAddress, KnownDevices.Device device) {
        /**
         * Checks that nothing is missing.
         *
         * @param tenant the tenant
         * @param account the account
         * @param clientAddress the client's address
         * @param device from {@link KnownDevices#recognize}
         */
        public Request {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(account, "account");
            Objects.requireNonNull(clientAddress, "clientAddress");
            Objects.requireNonNull(device, "device");
        }

        /**
         * Makes an attempt from a device that nobody knows.
         *
         * @param tenant the tenant, existing or not
         * @param account the account, existing or not
         * @param clientAddress the client's address
         * @return the attempt
         */
        public static Request of(String tenant, String account, String clientAddress) {
            return new Request(tenant, account, clientAddress, KnownDevices.Device.none());
        }

        /**
         * Says what it comes from.
         *
         * @param device from {@link KnownDevices#recognize}, known or not
         * @return a changed copy
         */
        public Request withDevice(KnownDevices.Device device) {
            return new Request(tenant, account, clientAddress, device);
        }

        /** Leaves out whose attempt it is. */
        @Override
        public String toString() {
            return "Request[****]";
        }
    }

    /** Says what failures are counted by. */
    public enum Dimension {
        /** One account, tried from one network. */
        ACCOUNT_AND_CLIENT,
        /** One account, tried from anywhere. */
        ACCOUNT,
        /** One IPv4 address, over all accounts; a whole school may sit behind it. */
        CLIENT_IPV4,
        /** One IPv6 /64, or a client without an address, over all accounts. */
        CLIENT_IPV6,
        /** One IPv6 /48, over all accounts, because who has one network of a site often has them all. */
        CLIENT_IPV6_SITE,
        /** One account on one device that has logged in to it before; with the next it counts instead of all others. */
        DEVICE,
        /** One account on all devices that have logged in to it before, so that many cookies are worth no more. */
        ACCOUNT_DEVICES
    }

    /**
     * Says how waits grow in one dimension: {@code free} failures, then {@code delay}, twice that, and so on.
     *
     * @param free failures without a wait, 1 to 100,000
     * @param delay the first wait, at least 1 ms
     * @param longest the longest wait, {@code delay} to 1 day
     * @param forgiveness the time in which one failure is forgotten, at least 1 s and {@code longest}
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

            /**
             * Says that the password was right: clears the account, or the known device, and pays back the network, or
             * the other devices. Never throws.
             */
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
        private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,40}");

        private final Map<Dimension, Backoff> backoffs = ThrottleDefaults.login();
        String name = "login";
        FailureMode onStoreFailure = FailureMode.LOCAL;
        private @Nullable BucketStore store;
        private RateLimitListener listener = RateLimitListener.none();

        private Builder() {}

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
         * Sets what happens while the store is silent; {@link FailureMode#LOCAL} if not called.
         *
         * @param mode {@link FailureMode#LOCAL} or {@link FailureMode#CLOSED}; a login is never open
         * @return this builder
         */
        public Builder onStoreFailure(FailureMode mode) {
            onStoreFailure = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Sets how waits grow in one dimension. If not called: 5 free per account and network, 5 per known device, 20
         * per account and 50 per account on all known devices, then 10 s doubling to 15 min; 250 free per IPv4 address
         * and per IPv6 /48, then 200 ms to 20 s; 50 free per IPv6 /64, then 1 s to 90 s.
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
         * @throws RateLimitConfigurationException if the name is none or taken in the store by other limits, or if it
         *     would be open
         */
        public LoginThrottle build() {
            List<String> faults = new ArrayList<>();
            if (!NAME.matcher(name).matches()) {
                faults.add("name of a login throttle must match " + NAME + ", got \"" + name + '"');
            }
            if (onStoreFailure == FailureMode.OPEN) {
                faults.add("login throttle \"" + name + "\": a login must not be open while the store is silent");
            }
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            try {
                return new LoginThrottle(this);
            } catch (IllegalArgumentException refused) {
                throw new RateLimitConfigurationException(
                        List.of("login throttle \"" + name + "\": " + refused.getMessage()));
            }
        }
    }
}

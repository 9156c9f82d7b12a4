package dev.hardening.auth.account;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.PasswordHasher;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all flows of this package share: stores, the hashing of passwords, notices, events, time and chance. */
final class Desk implements AutoCloseable {
    static final String ACCOUNT = "account";

    private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
    private static final int QUEUE = 1_000;
    private static final Duration NOTICES_DRAIN = Duration.ofSeconds(5);

    final AccountStore accounts;
    final OneTimeTokenStore tokens;
    final PasswordHasher hasher;
    final HashingGate gate;
    final PasswordPolicy policy;
    final SecureRandom random;
    final BackgroundWorker rehashing;

    private final AuthNotifier notifier;
    private final BackgroundWorker notices;
    private final RateLimiter mailLimit;
    private final AuthEventListener events;
    private final Clock clock;

    Desk(Accounts.Builder parts, RateLimiter mailLimit) {
        accounts = Objects.requireNonNull(parts.accountStore);
        tokens = Objects.requireNonNull(parts.tokenStore);
        notifier = Objects.requireNonNull(parts.notifier);
        hasher = parts.hasher;
        gate = parts.gate;
        policy = parts.policy;
        random = parts.random;
        events = AuthEventListener.isolated(parts.events);
        clock = parts.clock;
        this.mailLimit = mailLimit;
        notices = new BackgroundWorker("hardening-auth-notices", QUEUE, NOTICES_DRAIN);
        // A lost rehash costs nothing: the next login makes it again.
        rehashing = new BackgroundWorker("hardening-auth-rehash", QUEUE, Duration.ZERO);
    }

    Instant now() {
        return clock.instant();
    }

    AuthEvent.Context context(TenantId tenant, String clientAddress) {
        return context(clientAddress).tenant(tenant);
    }

    AuthEvent.Context context(String clientAddress) {
        AuthEvent.Context context = AuthEvent.Context.at(now());
        return clientAddress.isEmpty() ? context : context.clientAddress(clientAddress);
    }

    void tell(AuthEvent event) {
        events.onEvent(event);
    }

    void send(AuthNotifier.Notice notice) {
        if (!notices.offer(() -> notifier.send(notice))) {
            LOG.warn("one {} was dropped: the queue of notices is full or closed", notice.kind());
        }
    }

    /**
     * Counts a mail to an address, whether or not it has an account and whoever asks; says how long to wait where it had
     * enough.
     */
    Optional<Duration> mailRefused(TenantId tenant, EmailAddress to) {
        Decision decision = mailLimit.check(RequestFacts.builder()
                .attribute(ACCOUNT, tenant.value() + "/" + to.canonical())
                .build());
        if (decision.outcome() == Decision.Outcome.STORE_DENIED) {
            throw new AuthUnavailableException("the store of the mail limit did not answer");
        }
        return decision.allowed() ? Optional.empty() : Optional.of(decision.retryAfter());
    }

    @Override
    public void close() {
        rehashing.close();
        notices.close();
    }
}

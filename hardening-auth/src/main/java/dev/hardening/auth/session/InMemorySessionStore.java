package dev.hardening.auth.session;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFamily.Ending;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps sessions as long as the process lives: for tests, and for a single process that may forget its logins.
 *
 * <p>Holds at most a given number of sessions; when it is full and nothing is over, {@link #create} throws rather than
 * end a session that lives. One lock per session; safe for many threads.
 */
public final class InMemorySessionStore implements SessionStore {
    private static final Duration AFTERLIFE = Duration.ofDays(1);
    private static final int PURGE_BATCH = 1000;

    private final Map<String, SessionFamily> families = new ConcurrentHashMap<>();
    private final Map<User, Epoch> epochs = new ConcurrentHashMap<>();
    private final AtomicLong lastEpoch = new AtomicLong();
    private final Clock clock;
    private final int capacity;

    private InMemorySessionStore(Clock clock, int capacity) {
        this.clock = clock;
        this.capacity = capacity;
    }

    private record User(TenantId tenant, UserId user) {}

    private record Epoch(long number, Ending ending) {}

    /**
     * Makes a store for at most 100,000 sessions.
     *
     * @param clock tells what is over
     * @return an empty store
     */
    public static InMemorySessionStore create(Clock clock) {
        return create(clock, 100_000);
    }

    /**
     * Makes a store.
     *
     * @param clock tells what is over
     * @param capacity how many sessions at most, positive
     * @return an empty store
     */
    public static InMemorySessionStore create(Clock clock, int capacity) {
        Objects.requireNonNull(clock, "clock");
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be positive, got " + capacity);
        }
        return new InMemorySessionStore(clock, capacity);
    }

    @Override
    public long epoch(TenantId tenant, UserId user) {
        Epoch present = epochs.get(new User(tenant, user));
        return present == null ? 0 : present.number();
    }

    @Override
    public void create(SessionFamily family) {
        if (families.size() >= capacity && purgeExpired(PURGE_BATCH) == 0) {
            throw new AuthUnavailableException("the session store is full: " + capacity);
        }
        if (families.putIfAbsent(family.id(), family) != null) {
            throw new IllegalArgumentException("the session exists already");
        }
    }

    @Override
    public Optional<SessionFamily> find(String familyId) {
        return Optional.ofNullable(families.get(familyId)).map(this::seen);
    }

    @Override
    public Optional<SessionFamily> advance(String familyId, long expectedGeneration, SessionFamily.Head next) {
        SessionFamily[] won = new SessionFamily[1];
        families.computeIfPresent(familyId, (id, family) -> {
            boolean expected = family.head().generation() == expectedGeneration
                    && seen(family).ending().isEmpty();
            won[0] = expected ? family.withHead(next) : null;
            return expected ? won[0] : family;
        });
        return Optional.ofNullable(won[0]);
    }

    @Override
    public boolean end(String familyId, Ending ending) {
        boolean[] ended = {false};
        families.computeIfPresent(familyId, (id, family) -> {
            ended[0] = family.ending().isEmpty();
            return ended[0] ? family.withEnding(ending) : family;
        });
        return ended[0];
    }

    @Override
    public long endAll(TenantId tenant, UserId user, Ending ending) {
        return Objects.requireNonNull(epochs.compute(
                        new User(tenant, user), (key, before) -> new Epoch(lastEpoch.incrementAndGet(), ending)))
                .number();
    }

    @Override
    public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
        Epoch present = epochs.get(new User(tenant, user));
        return (present != null && epoch < present.number())
                || families.values().stream()
                        .anyMatch(family -> family.owner().session().equals(session)
                                && family.ending().isPresent());
    }

    @Override
    public Changes changes(String cursor, Instant notBefore) {
        List<SessionId> sessions = families.values().stream()
                .filter(family -> family.ending()
                        .filter(ending -> !ending.at().isBefore(notBefore))
                        .isPresent())
                .map(family -> family.owner().session())
                .toList();
        List<UserEpoch> users = epochs.entrySet().stream()
                .filter(entry -> !entry.getValue().ending().at().isBefore(notBefore))
                .map(entry -> new UserEpoch(
                        entry.getKey().tenant(),
                        entry.getKey().user(),
                        entry.getValue().number()))
                .toList();
        return new Changes(sessions, users, "");
    }

    @Override
    public int purgeExpired(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        Instant horizon = clock.instant().minus(AFTERLIFE);
        List<String> over = families.values().stream()
                .filter(family -> family.head().idleExpiry().isBefore(horizon))
                .limit(batch)
                .map(SessionFamily::id)
                .toList();
        over.forEach(families::remove);
        int room = batch - over.size();
        List<User> settled = epochs.entrySet().stream()
                .filter(entry -> entry.getValue().ending().at().isBefore(horizon) && !needed(entry.getKey()))
                .limit(room)
                .map(Map.Entry::getKey)
                .toList();
        settled.forEach(epochs::remove);
        return over.size() + settled.size();
    }

    private boolean needed(User user) {
        return families.values().stream()
                .map(SessionFamily::owner)
                .anyMatch(owner ->
                        owner.tenant().equals(user.tenant()) && owner.user().equals(user.user()));
    }

    private Optional<Epoch> epoch(SessionFamily.Owner owner) {
        return Optional.ofNullable(epochs.get(new User(owner.tenant(), owner.user())));
    }

    /** The session as it stands, its user's epoch considered. */
    private SessionFamily seen(SessionFamily family) {
        return epoch(family.owner())
                .filter(present ->
                        present.number() > family.epoch() && family.ending().isEmpty())
                .map(present -> family.withEnding(present.ending()))
                .orElse(family);
    }
}

package dev.hardening.examples.lms.service;

import dev.hardening.examples.lms.api.Rings;
import dev.hardening.examples.lms.config.MasterSecrets;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.KeyState;
import dev.hardening.secrets.ring.RingKey;
import dev.hardening.secrets.ring.RingListener;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key rings of one installation: rows of its database, wrapped by {@code ENCRYPTION_KEY}, so that every process with
 * the same secrets signs, verifies and opens for the others.
 *
 * <p>A rotation that was begun, here, in another process or by the command line, is ended by {@link #promoteKnown}; one
 * that an exchanged {@code JWT_REFRESH_SECRET} asks for is begun and ended by {@link #followSecret}.
 */
public final class InstallationRings implements Rings {
    /** The names of all rings. */
    public static final List<String> NAMES = List.of("signing", "refresh", "sealing");

    private static final Logger LOG = LoggerFactory.getLogger(InstallationRings.class);
    /** Others may keep the public keys for as long as the JWKS document says, which is five minutes. */
    private static final Duration SIGNING_KNOWN = Duration.ofMinutes(6);
    /** Every process has read the ring twice by then, also where their clocks are a minute apart. */
    private static final Duration SYMMETRIC_KNOWN = Duration.ofSeconds(90);
    /** How long a key that was disabled elsewhere may go on here while the ring cannot be read. */
    private static final Duration MAX_STALE = Duration.ofMinutes(15);

    private final KeyRing signing;
    private final KeyRing refresh;
    private final KeyRing sealing;
    private final FirstKey firstRefreshKey;
    private final Clock clock;

    private InstallationRings(KeyRing signing, KeyRing refresh, KeyRing sealing, FirstKey first, Clock clock) {
        this.signing = signing;
        this.refresh = refresh;
        this.sealing = sealing;
        this.firstRefreshKey = first;
        this.clock = clock;
    }

    /**
     * Opens the rings, and makes those that are not there yet.
     *
     * @param database where the rings lie
     * @param secrets wrap them
     * @param listener hears of every change
     * @param clock of the service
     * @param random of the service
     */
    public static InstallationRings open(
            DataSource database, MasterSecrets secrets, RingListener listener, Clock clock, SecureRandom random) {
        return open(database, secrets, clock, ring -> ring.listener(listener).random(random));
    }

    static InstallationRings open(
            DataSource database, MasterSecrets secrets, Clock clock, UnaryOperator<KeyRing.Builder> surroundings) {
        Supplier<KeyRing.Builder> ring =
                () -> surroundings.apply(ring(database, secrets)).clock(clock);
        KeyRing signing = ring.get()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .propagation(SIGNING_KNOWN)
                .build();
        KeyRing refresh = ring.get()
                .name("refresh")
                .kind(KeyKind.HMAC_256)
                .firstKey(secrets.refresh())
                .build();
        KeyRing sealing = ring.get().name("sealing").kind(KeyKind.AES_256).build();
        FirstKey first = FirstKey.of(refresh, database, secrets.refresh(), secrets.previousRefresh());
        return new InstallationRings(signing, refresh, sealing, first, clock);
    }

    private static KeyRing.Builder ring(DataSource database, MasterSecrets secrets) {
        KeyRing.Builder ring = KeyRing.builder()
                .store(new JdbcRingStore(database))
                .propagation(SYMMETRIC_KNOWN)
                .maxStale(MAX_STALE)
                .keyEncryptionKey(secrets.encryptionKey());
        secrets.previousEncryptionKey().ifPresent(ring::previousKeyEncryptionKey);
        return ring;
    }

    /** Signs access tokens. */
    public KeyRing signing() {
        return signing;
    }

    /** Makes refresh tokens; its first key comes from {@code JWT_REFRESH_SECRET}. */
    public KeyRing refresh() {
        return refresh;
    }

    /** Seals personal data. */
    public KeyRing sealing() {
        return sealing;
    }

    /**
     * Gives a ring.
     *
     * @param name one of {@link #NAMES}
     */
    public KeyRing ring(String name) {
        return rings().stream()
                .filter(ring -> ring.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no such ring"));
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(NAMES);
    }

    @Override
    public Next rotate(String name) {
        return ring(name)
                .addUnlessPending()
                .fold(added -> new Next(added.id(), true), waiting -> new Next(waiting.id(), false));
    }

    /**
     * Puts every waiting key to use that all have had the time to learn.
     *
     * @return how many
     */
    public int promoteKnown() {
        int promoted = 0;
        for (KeyRing ring : rings()) {
            promoted += promotedKnown(ring) ? 1 : 0;
        }
        return promoted;
    }

    private boolean promotedKnown(KeyRing ring) {
        Duration known = ring == signing ? SIGNING_KNOWN : SYMMETRIC_KNOWN;
        Optional<RingKey> due = waiting(ring)
                .filter(key -> !clock.instant().isBefore(key.changed().plus(known)))
                .findFirst();
        try {
            due.ifPresent(key -> ring.promote(key.id()));
            return due.isPresent();
        } catch (IllegalStateException | IllegalArgumentException elsewhere) {
            LOG.debug("a key of ring {} was moved by another process meanwhile", ring.name(), elsewhere);
            return false;
        }
    }

    /**
     * Does the next step of what an exchanged {@code JWT_REFRESH_SECRET} asks for: a new key takes the place of the one
     * that was derived from the old secret, and that one is disabled, once nobody uses it, unless
     * {@code JWT_REFRESH_SECRET_PREVIOUS} is set. To be called by one thread.
     *
     * @return how many keys were changed
     */
    public int followSecret() {
        return firstRefreshKey.follow();
    }

    private List<KeyRing> rings() {
        return List.of(signing, refresh, sealing);
    }

    private static Stream<RingKey> waiting(KeyRing ring) {
        return ring.published().stream().filter(key -> key.state() == KeyState.PENDING);
    }
}

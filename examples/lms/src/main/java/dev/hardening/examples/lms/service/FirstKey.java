package dev.hardening.examples.lms.service;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.KeyState;
import dev.hardening.secrets.ring.RingKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the first key of a ring out of use once the secret that it was derived from has been exchanged.
 *
 * <p>A ring is shared by all processes and keeps its keys, so a new secret alone would change nothing: the key of the old
 * one would go on. As long as that key makes new things, another one is added, which takes its place like any other when
 * all processes know it. After that the key stays accepted where its secret is given as the previous one, and is disabled
 * where it is not.
 *
 * <p>What is to be done is read from the ring each time, so it does not matter how many processes do it, or whether some
 * of them still have the old secret: for those the key is the right one, and they do nothing. Which key it was is
 * remembered in the database while its secret is the present or the previous one. Not safe for many threads.
 */
final class FirstKey {
    private static final Logger LOG = LoggerFactory.getLogger(FirstKey.class);
    private static final int BYTES = 32;

    private final KeyRing ring;
    private final DataSource database;
    private final Secret now;
    private final Optional<Secret> before;
    private boolean remembered;

    private FirstKey(KeyRing ring, DataSource database, Secret now, Optional<Secret> before) {
        this.ring = ring;
        this.database = database;
        this.now = now;
        this.before = before;
    }

    /**
     * Watches over a ring.
     *
     * @param ring whose first key was derived from a secret
     * @param database remembers the key
     * @param secret the present one
     * @param previous the one before, as long as what was made under it is to be accepted
     */
    static FirstKey of(KeyRing ring, DataSource database, Secret secret, Optional<Secret> previous) {
        return new FirstKey(ring, database, derived(ring, secret), previous.map(earlier -> derived(ring, earlier)));
    }

    /** As the ring derives it; the format of rings says how. */
    private static Secret derived(KeyRing ring, Secret secret) {
        return secret.derive("hardening-key-ring/1 first " + ring.name(), BYTES);
    }

    /**
     * Does the next step, if one is due.
     *
     * @return how many keys were added or disabled
     */
    int follow() {
        ring.refresh();
        Optional<RingKey> present = published(now);
        if (present.isPresent()) {
            remember(present.get().id());
            return 0;
        }
        Optional<RingKey> kept = before.flatMap(this::published);
        kept.ifPresent(key -> remember(key.id()));
        return kept.or(this::remembered)
                .map(key -> retired(key, kept.isPresent()))
                .orElse(0);
    }

    private int retired(RingKey outdated, boolean kept) {
        if (outdated.state() == KeyState.ACTIVE) {
            return replaced(outdated, kept);
        }
        return outdated.state() == KeyState.RETIRING && !kept ? disabled(outdated) : 0;
    }

    private int replaced(RingKey outdated, boolean kept) {
        return ring.addUnlessPending()
                .fold(
                        added -> {
                            LOG.warn(
                                    "the secret of ring {} was changed: key {}, made from the old one, is replaced by {}"
                                            + " and then {}",
                                    ring.name(),
                                    outdated.id(),
                                    added.id(),
                                    kept ? "accepted while the previous secret is set" : "disabled");
                            return 1;
                        },
                        waiting -> 0);
    }

    private int disabled(RingKey outdated) {
        try {
            ring.disable(outdated.id());
            LOG.warn("key {} of ring {}, made from a former secret, is disabled", outdated.id(), ring.name());
            return 1;
        } catch (IllegalStateException early) {
            LOG.debug("key {} of ring {} may still be in use elsewhere", outdated.id(), ring.name(), early);
            return 0;
        }
    }

    private Optional<RingKey> published(Secret material) {
        return ring.published().stream()
                .filter(key -> {
                    try (Secret own = key.material()) {
                        return own.matches(material);
                    }
                })
                .findFirst();
    }

    private Optional<RingKey> remembered() {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement("SELECT key_id FROM lms.first_keys WHERE ring = ?")) {
            query.setString(1, ring.name());
            try (ResultSet row = query.executeQuery()) {
                String id = row.next() ? row.getString(1) : "";
                return ring.published().stream()
                        .filter(key -> key.id().equals(id))
                        .findFirst();
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("the first key of ring " + ring.name() + " cannot be looked up", failure);
        }
    }

    private void remember(String id) {
        if (remembered) {
            return;
        }
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO lms.first_keys (ring, key_id)"
                        + " VALUES (?, ?) ON CONFLICT (ring) DO UPDATE SET key_id = excluded.key_id")) {
            insert.setString(1, ring.name());
            insert.setString(2, id);
            insert.executeUpdate();
            remembered = true;
        } catch (SQLException failure) {
            throw new IllegalStateException("the first key of ring " + ring.name() + " cannot be remembered", failure);
        }
    }
}

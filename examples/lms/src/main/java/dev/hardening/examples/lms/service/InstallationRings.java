package dev.hardening.examples.lms.service;

import dev.hardening.examples.lms.api.Rings;
import dev.hardening.examples.lms.config.MasterSecrets;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.KeyState;
import dev.hardening.secrets.ring.RingKey;
import dev.hardening.secrets.ring.RingStore;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The key rings of one installation: rows of its database, wrapped by {@code ENCRYPTION_KEY}, so that every process with
 * the same secrets signs, verifies and opens for the others.
 *
 * @param signing signs access tokens
 * @param refresh makes refresh tokens; its first key comes from {@code JWT_REFRESH_SECRET}
 * @param sealing seals personal data
 */
public record InstallationRings(KeyRing signing, KeyRing refresh, KeyRing sealing) implements Rings {
    /** Opens the rings, and makes those that are not there yet. */
    public static InstallationRings open(DataSource database, MasterSecrets secrets, Clock clock, SecureRandom random) {
        RingStore store = new JdbcRingStore(database);
        return new InstallationRings(
                ring("signing", KeyKind.EC_P256, store, secrets)
                        .clock(clock)
                        .random(random)
                        .build(),
                ring("refresh", KeyKind.HMAC_256, store, secrets)
                        .clock(clock)
                        .random(random)
                        .firstKey(secrets.refresh())
                        .build(),
                ring("sealing", KeyKind.AES_256, store, secrets)
                        .clock(clock)
                        .random(random)
                        .build());
    }

    private static KeyRing.Builder ring(String name, KeyKind kind, RingStore store, MasterSecrets secrets) {
        KeyRing.Builder ring =
                KeyRing.builder().name(name).kind(kind).store(store).keyEncryptionKey(secrets.encryptionKey());
        secrets.previousEncryptionKey().ifPresent(ring::previousKeyEncryptionKey);
        return ring;
    }

    @Override
    public Optional<String> rotate(String name) {
        return rings().filter(ring -> ring.name().equals(name))
                .findFirst()
                .map(ring -> waiting(ring).findFirst().orElseGet(ring::add).id());
    }

    private Stream<KeyRing> rings() {
        return List.of(signing, refresh, sealing).stream();
    }

    private static Stream<RingKey> waiting(KeyRing ring) {
        return ring.published().stream().filter(key -> key.state() == KeyState.PENDING);
    }
}

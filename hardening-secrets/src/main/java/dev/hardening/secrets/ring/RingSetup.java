package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks what a builder was given and opens the ring with it. */
final class RingSetup {
    private static final Duration LONGEST_PROPAGATION = Duration.ofDays(30);
    private static final Duration LONGEST_STALE = Duration.ofDays(30);
    // What the clocks of two processes may be apart.
    private static final Duration SKEW = Duration.ofMinutes(1);
    // How long others may keep a document of public keys.
    private static final Duration PUBLIC_CACHES = Duration.ofMinutes(10);

    private final RingParts given;
    private final KeyKind kind;
    private final RingStore store;

    private RingSetup(RingParts given) {
        this.given = given;
        this.kind = Objects.requireNonNull(given.kind);
        this.store = Objects.requireNonNull(given.store);
    }

    static RingSetup checked(RingParts given) {
        List<String> faults = faults(given);
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        return new RingSetup(given);
    }

    /** The time until everybody knows a new key: as given, or long enough for the kind and the refresh interval. */
    static Duration propagation(RingParts given) {
        Duration set = given.propagation;
        if (set != null) {
            return set;
        }
        Duration processes = given.refreshInterval.multipliedBy(2).plus(SKEW);
        return given.kind == null || given.kind.symmetric() ? processes : processes.plus(PUBLIC_CACHES);
    }

    KeyRing open() {
        RingTeller teller = new RingTeller(given.name, given.clock, given.listener);
        try {
            return open(teller);
        } catch (SecretsUnavailableException failure) {
            teller.tell(RingTeller.kindOf(failure));
            throw failure;
        }
    }

    private KeyRing open(RingTeller teller) {
        if (given.existing && store.load(given.name).isEmpty()) {
            throw missingRing();
        }
        Optional<RingRoot> root = root();
        List<RingSeal> seals = new ArrayList<>();
        boolean rootRewrapped = false;
        if (root.isPresent()) {
            RingRoot.Opened opened = root.get().open(missing());
            rootRewrapped = opened.rewrapped();
            addSeal(seals, opened.key());
        }
        addRawSeals(seals);
        RingDocument empty = new RingDocument(given.name, kind, 0, "", List.of());
        RingVault vault = new RingVault(store, empty, seals, given.random);
        RingVault.Change opened = vault.open(this::firstKey, given.clock::instant);
        RingHistory history = new RingHistory(opened.after().document(), propagation(given));
        RingCache cache = new RingCache(vault, opened.after(), history, given, teller);
        if (rootRewrapped) {
            teller.tell(RingEvent.Kind.REWRAPPED);
        }
        teller.tell(teller.events(opened, propagation(given)));
        return new KeyRing(empty, cache, new RingChanges(vault, cache, teller, root, given));
    }

    private Optional<RingRoot> root() {
        KeyEncryptionKey previous = keyOf(given.previous);
        return Optional.ofNullable(keyOf(given.current))
                .map(key -> new RingRoot(store, given.name, key, previous, given.random));
    }

    private RingRoot.Missing missing() {
        return secretOf(given.previous) == null ? RingRoot.Missing.IS_TAMPERED : RingRoot.Missing.MAY_BE;
    }

    private void addRawSeals(List<RingSeal> seals) {
        Secret current = secretOf(given.current);
        Secret previous = secretOf(given.previous);
        if (current != null) {
            seals.add(new RingSeal(current));
        }
        if (previous != null) {
            seals.add(new RingSeal(previous));
        }
        KeyEncryptionKey previousKey = keyOf(given.previous);
        if (current != null && previousKey != null) {
            new RingRoot(store, given.name, previousKey, null, given.random)
                    .peek()
                    .ifPresent(key -> addSeal(seals, key));
        }
    }

    private static @Nullable Secret secretOf(@Nullable Wrapping wrapping) {
        return wrapping == null ? null : wrapping.secret().orElse(null);
    }

    private static @Nullable KeyEncryptionKey keyOf(@Nullable Wrapping wrapping) {
        return wrapping == null ? null : wrapping.key().orElse(null);
    }

    private static void addSeal(List<RingSeal> seals, Secret root) {
        try (root) {
            seals.add(new RingSeal(root));
        }
    }

    private SecretsConfigurationException missingRing() {
        return new SecretsConfigurationException(List.of("ring " + given.name
                + " must exist and is not in this store; look at the name and at where the store is"));
    }

    /** Made where the store has no ring, and where it has none any more since it was looked at first. */
    private KeyMaker.Made firstKey() {
        if (given.existing) {
            throw missingRing();
        }
        Secret from = given.firstKey;
        if (from == null) {
            return KeyMaker.make(kind, given.random);
        }
        return KeyMaker.symmetric(from.derive(RingCodec.FORMAT + " first " + given.name, KeyMaker.SYMMETRIC_BYTES));
    }

    private static List<String> faults(RingParts given) {
        List<String> faults = new ArrayList<>();
        if (!RingName.ofRing(given.name)) {
            faults.add("name must be lower-case letters, digits and dashes, a letter first, at most 64, not ending in"
                    + " -root, got \"" + given.name + "\"");
        }
        if (given.kind == null) {
            faults.add("kind is missing");
        }
        if (given.store == null) {
            faults.add("store is missing");
        }
        keys(given, faults);
        times(given, faults);
        return faults;
    }

    private static void keys(RingParts given, List<String> faults) {
        if (given.current == null) {
            faults.add("keyEncryptionKey is missing");
        }
        fault("keyEncryptionKey", given.current).ifPresent(faults::add);
        fault("previousKeyEncryptionKey", given.previous).ifPresent(faults::add);
        if (keyOf(given.current) != null && !RingName.valid(RingName.ofRoot(given.name))) {
            faults.add("name must have at most 59 characters where keyEncryptionKey is a KeyEncryptionKey");
        }
        fault("firstKey", given.firstKey == null ? null : Wrapping.by(given.firstKey))
                .ifPresent(faults::add);
        if (given.firstKey != null && given.kind != null && given.kind != KeyKind.HMAC_256) {
            faults.add("firstKey is for kind HMAC_256 only, got " + given.kind);
        }
    }

    private static Optional<String> fault(String parameter, @Nullable Wrapping wrapping) {
        return Optional.ofNullable(wrapping).flatMap(given -> given.fault(parameter));
    }

    private static void times(RingParts given, List<String> faults) {
        Duration interval = given.refreshInterval;
        if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
            faults.add("refreshInterval must be 1 s to 1 h, got " + interval);
            return;
        }
        Duration wait = propagation(given);
        if (wait.compareTo(interval) < 0 || wait.compareTo(LONGEST_PROPAGATION) > 0) {
            faults.add(
                    "propagation must be at least refreshInterval (" + interval + ") and at most 30 days, got " + wait);
        }
        Duration stale = given.maxStale;
        if (stale != null && (stale.compareTo(interval.multipliedBy(2)) < 0 || stale.compareTo(LONGEST_STALE) > 0)) {
            faults.add("maxStale must be at least twice refreshInterval (" + interval + ") and at most 30 days, got "
                    + stale);
        }
    }
}

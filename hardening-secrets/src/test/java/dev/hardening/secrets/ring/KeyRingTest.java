package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeyRingTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final FakeClock clock = FakeClock.create();
    private final FakeTicker ticker = FakeTicker.create();
    private final FlakyRingStore store = new FlakyRingStore(new InMemoryRingStore());

    private KeyRing.Builder builder(KeyKind kind) {
        return KeyRing.builder()
                .name("signing")
                .kind(kind)
                .store(store)
                .clock(clock)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(64)));
    }

    @Test
    void build_emptyStore_makesOneActiveKey() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();

        RingKey key = ring.active();

        assertTrue(key.id().matches("[0-9a-f]{16}"));
        assertEquals(KeyState.ACTIVE, key.state());
        assertEquals(KeyKind.HMAC_256, key.kind());
        assertEquals(32, key.material().length());
        assertEquals(clock.instant(), key.created());
        assertEquals(List.of(key), ring.published());
        assertEquals("signing", ring.name());
        assertEquals("RingKey[" + key.id() + " HMAC_256 ACTIVE]", key.toString());
        assertThrows(IllegalStateException.class, key::privateKey);
        assertThrows(IllegalStateException.class, key::publicKey);
    }

    @Test
    void requireExisting_storeWithoutTheRing_isRefusedAndWritesNothing() {
        InMemoryRingStore empty = new InMemoryRingStore();
        for (KeyRing.Builder required : List.of(
                builder(KeyKind.HMAC_256),
                builder(KeyKind.HMAC_256).keyEncryptionKey(AesKeyEncryptionKey.of(Secret.of("k".repeat(32)))))) {
            var refused = assertThrows(
                    SecretsConfigurationException.class,
                    () -> required.store(empty).requireExisting().build());

            assertEquals(1, refused.faults().size());
            assertTrue(refused.faults().get(0).startsWith("ring signing must exist"), refused.getMessage());
            assertEquals(Optional.empty(), empty.load("signing"));
            assertEquals(Optional.empty(), empty.load("signing-root"));
        }
    }

    @Test
    void requireExisting_storeWithTheRing_opensIt() {
        String first = builder(KeyKind.HMAC_256).build().active().id();

        KeyRing again = builder(KeyKind.HMAC_256).requireExisting().build();

        assertEquals(first, again.active().id());
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder(KeyKind.HMAC_256).name("sining").requireExisting().build());
    }

    @Test
    void requireExisting_ringGoneWhileItIsOpened_isNotMadeAnew() {
        builder(KeyKind.HMAC_256).build();
        RingStore.Stored stored = store.load("signing").orElseThrow();
        RingStore vanishing = new RingStore() {
            private int loads;

            @Override
            public Optional<Stored> load(String ring) {
                return ++loads == 1 ? Optional.of(stored) : Optional.empty();
            }

            @Override
            public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
                throw new AssertionError("a ring that must exist is not made");
            }
        };

        assertThrows(
                SecretsConfigurationException.class,
                () -> builder(KeyKind.HMAC_256)
                        .store(vanishing)
                        .requireExisting()
                        .build());
    }

    @Test
    @Tag("secrets:E5")
    void addUnlessPending_nothingWaitsThenSomethingThenNothing_addsOnceForEachPromotion() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();

        NextKey first = ring.addUnlessPending();
        NextKey again = ring.addUnlessPending();
        ring.unsafePromoteNow(first.key().id());
        NextKey second = ring.addUnlessPending();

        assertInstanceOf(NextKey.Added.class, first);
        assertInstanceOf(NextKey.Waiting.class, again);
        assertEquals(first.key().id(), again.key().id());
        assertInstanceOf(NextKey.Added.class, second);
        assertNotEquals(first.key().id(), second.key().id());
        assertEquals(3, ring.published().size());
    }

    @Test
    void addUnlessPending_severalWait_tellsTheOneThatWasAddedFirst() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String first = ring.add().id();
        ring.add();

        assertEquals(first, ring.addUnlessPending().key().id());
    }

    @Test
    void addUnlessPending_anotherRingAddsBetweenReadingAndWriting_addsNothing() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        KeyRing other = builder(KeyKind.HMAC_256).build();
        List<RingKey> theirs = new ArrayList<>();
        store.whileWriting = () -> {
            store.whileWriting = () -> {};
            theirs.add(other.add());
        };

        NextKey next = ring.addUnlessPending();

        assertInstanceOf(NextKey.Waiting.class, next);
        assertEquals(theirs.get(0).id(), next.key().id());
        assertEquals(2, ring.published().size());
    }

    @ParameterizedTest
    @CsvSource({"EC_P256,SHA256withECDSA", "EC_P384,SHA384withECDSA", "ED25519,Ed25519"})
    void build_ringOfPairs_hasAPairThatSignsAndVerifiesAfterReopening(KeyKind kind, String algorithm)
            throws GeneralSecurityException {
        RingKey made = builder(kind).build().active();
        RingKey reopened = builder(kind).build().active();
        byte[] message = "message".getBytes(StandardCharsets.UTF_8);

        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(made.privateKey());
        signer.update(message);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(reopened.publicKey());
        verifier.update(message);

        assertTrue(verifier.verify(signature));
        assertEquals(kind, reopened.kind());
        assertTrue(made.material().matches(Secret.of(reopened.privateKey().getEncoded())));
    }

    @ParameterizedTest
    @EnumSource(value = KeyKind.class, mode = EnumSource.Mode.EXCLUDE, names = "HMAC_256")
    void firstKey_anyOtherKind_isRefusedSinceItCouldBeDerivedAgain(KeyKind kind) {
        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder(kind).firstKey(Secret.of("f".repeat(64))).build());

        assertEquals(List.of("firstKey is for kind HMAC_256 only, got " + kind), refused.faults());
    }

    @Test
    void firstKey_given_isDerivedAndTheSameEverywhere() {
        Secret given = Secret.of("f".repeat(64));

        RingKey here = builder(KeyKind.HMAC_256).firstKey(given).build().active();
        RingKey there = builder(KeyKind.HMAC_256)
                .store(new InMemoryRingStore())
                .firstKey(given)
                .build()
                .active();

        assertTrue(here.material().matches(there.material()));
        assertNotEquals(here.id(), there.id());
        assertFalse(here.material()
                .matches(builder(KeyKind.HMAC_256)
                        .name("other")
                        .store(new InMemoryRingStore())
                        .firstKey(given)
                        .build()
                        .active()
                        .material()));
    }

    @Test
    @Tag("secrets:E5")
    void lifeCycle_addPromoteDisableDestroy_goesOnlyForward() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String first = ring.active().id();

        RingKey added = ring.add();
        assertEquals(KeyState.PENDING, added.state());
        assertEquals(Optional.empty(), ring.find(added.id()));
        assertEquals(first, ring.active().id());
        assertEquals(2, ring.published().size());

        clock.advance(Duration.ofDays(1));
        RingKey promoted = ring.promote(added.id());
        assertEquals(KeyState.ACTIVE, promoted.state());
        assertEquals(clock.instant(), promoted.changed());
        assertEquals(added.id(), ring.active().id());
        assertEquals(KeyState.RETIRING, ring.find(first).orElseThrow().state());

        clock.advance(Duration.ofDays(1));
        ring.disable(first);
        assertEquals(Optional.empty(), ring.find(first));
        assertEquals(List.of(added.id()), ids(ring));

        ring.destroy(first);
        assertEquals(Optional.empty(), ring.find(first));
        assertThrows(IllegalStateException.class, () -> ring.promote(first));
        assertThrows(IllegalStateException.class, () -> ring.disable(first));
        assertThrows(IllegalStateException.class, () -> ring.unsafeDisableNow(first));
        assertThrows(IllegalStateException.class, () -> ring.unsafeReenable(first));
    }

    @Test
    @Tag("secrets:E5")
    void unsafeReenable_disabledKey_isAcceptedAgainAndMakesNothing() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        RingKey first = ring.active();
        String second = ring.add().id();
        ring.unsafePromoteNow(second);
        ring.unsafeDisableNow(first.id());
        clock.advance(Duration.ofDays(1));

        ring.unsafeReenable(first.id());
        long version = store.load("signing").orElseThrow().version();
        ring.unsafeReenable(first.id());

        RingKey again = ring.find(first.id()).orElseThrow();
        assertEquals(KeyState.RETIRING, again.state());
        assertEquals(clock.instant(), again.changed());
        assertTrue(again.material().matches(first.material()));
        assertEquals(second, ring.active().id());
        assertEquals(version, store.load("signing").orElseThrow().version());
        assertThrows(IllegalStateException.class, () -> ring.unsafeReenable(second));
        assertThrows(IllegalArgumentException.class, () -> ring.unsafeReenable("none"));
    }

    @Test
    @Tag("secrets:E5")
    void transitions_outOfOrder_areRefusedAndChangeNothing() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String active = ring.active().id();
        String pending = ring.add().id();

        assertThrows(IllegalStateException.class, () -> ring.disable(active));
        assertThrows(IllegalStateException.class, () -> ring.destroy(active));
        assertThrows(IllegalStateException.class, () -> ring.destroy(pending));
        assertThrows(IllegalArgumentException.class, () -> ring.promote("0000000000000000"));
        assertThrows(IllegalArgumentException.class, () -> ring.disable("none"));

        assertEquals(List.of(active, pending), ids(ring));
    }

    @Test
    void transitions_again_changeNothing() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String first = ring.active().id();
        String second = ring.add().id();
        ring.unsafePromoteNow(second);
        ring.unsafeDisableNow(first);
        ring.destroy(first);
        long version = store.load("signing").orElseThrow().version();

        assertEquals(second, ring.unsafePromoteNow(second).id());
        ring.destroy(first);

        assertEquals(version, store.load("signing").orElseThrow().version());
        assertThrows(IllegalStateException.class, () -> ring.unsafeDisableNow(first));
    }

    @Test
    void destroy_always_leavesNoMaterialInTheStore() {
        KeyRing ring = builder(KeyKind.EC_P256).build();
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        ring.unsafeDisableNow(first);
        assertTrue(document().matches(".*" + first + "\",\"state\":\"DISABLED\"[^}]*\"wrapped\":\"[^\"]+\".*"));

        ring.destroy(first);

        assertTrue(
                document().matches(".*" + first + "\",\"state\":\"DESTROYED\"[^}]*\"wrapped\":\"\",\"public\":\"\".*"));
    }

    @Test
    void add_copyInMemoryCannotBeReplaced_isStoredAndGivenAllTheSame() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();

        Thread.currentThread().interrupt();
        RingKey added = ring.add();

        assertTrue(Thread.interrupted(), "the interruption is kept");
        ring.refresh();
        assertTrue(ids(ring).contains(added.id()));
    }

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    void build_emptyStore_saysThatItMadeTheRing() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        String made;
        try {
            made = builder(KeyKind.HMAC_256).build().active().id();
            builder(KeyKind.HMAC_256).build();
        } finally {
            System.setErr(before);
        }

        String warning = "ring signing did not exist; made with key " + made;
        String said = log.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains(warning), said);
        assertEquals(said.indexOf("did not exist"), said.lastIndexOf("did not exist"), said);
    }

    @Test
    void add_fullRing_forgetsTheOldestDestroyedKeyOrRefuses() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String first = ring.active().id();
        IntStream.range(1, RingDocument.MOST_KEYS).forEach(i -> ring.add());

        assertThrows(IllegalStateException.class, ring::add);
        ring.unsafePromoteNow(ring.published().get(1).id());
        ring.unsafeDisableNow(first);
        ring.destroy(first);
        ring.add();

        assertEquals(RingDocument.MOST_KEYS, ring.published().size());
        assertFalse(document().contains(first));
    }

    @Test
    void material_closedByOneCaller_isWholeForTheNext() {
        RingKey key = builder(KeyKind.HMAC_256).build().active();

        key.material().close();

        assertTrue(key.material().matches(key.material()));
    }

    @Test
    void keyEncryptionKey_closedAfterBuild_isNotNeededAnyMore() {
        Secret key = Secret.of("k".repeat(64));
        KeyRing ring = builder(KeyKind.HMAC_256).keyEncryptionKey(key).build();

        key.close();

        ring.unsafePromoteNow(ring.add().id());
        assertEquals(2, ring.published().size());
    }

    @Test
    void build_nothingGiven_reportsEveryFaultAtOnce() {
        var refused = assertThrows(
                SecretsConfigurationException.class, () -> KeyRing.builder().build());

        assertEquals(4, refused.faults().size());
    }

    @Test
    void build_wrongValues_reportsEveryFaultWithoutASecret() {
        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder(KeyKind.EC_P256)
                        .name("Not a name")
                        .keyEncryptionKey(Secret.of("canary"))
                        .previousKeyEncryptionKey(Secret.of("canary"))
                        .firstKey(Secret.of("c".repeat(31)))
                        .refreshInterval(Duration.ofMillis(999))
                        .build());

        assertEquals(6, refused.faults().size());
        assertFalse(refused.getMessage().contains("canary"));
    }

    @Test
    void build_storedRingOfAnotherKind_isRefused() {
        builder(KeyKind.HMAC_256).build();

        assertThrows(
                SecretsConfigurationException.class,
                () -> builder(KeyKind.EC_P256).build());
    }

    @Test
    void builder_usedAgain_doesNotChangeTheRing() {
        KeyRing.Builder builder = builder(KeyKind.HMAC_256);
        KeyRing ring = builder.build();

        builder.name("other").kind(KeyKind.EC_P256);

        assertEquals("signing", ring.name());
        assertEquals(KeyKind.HMAC_256, ring.kind());
    }

    private static List<String> ids(KeyRing ring) {
        return ring.published().stream().map(RingKey::id).toList();
    }

    private String document() {
        return new String(store.load("signing").orElseThrow().document(), StandardCharsets.UTF_8);
    }
}

package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.ring.RingEvent.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings whose root key is wrapped by a key-encryption key. */
@Tag("secrets:E6")
class RingRootTest {
    private static final KeyEncryptionKey OLD = AesKeyEncryptionKey.of(Secret.of("o".repeat(32)));
    private static final KeyEncryptionKey NEW = AesKeyEncryptionKey.of(Secret.of("n".repeat(32)));
    private static final KeyEncryptionKey FOREIGN = AesKeyEncryptionKey.of(Secret.of("f".repeat(32)));

    private final InMemoryRingStore store = new InMemoryRingStore();
    private final List<Kind> told = new ArrayList<>();

    private KeyRing.Builder builder() {
        return KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(store)
                .listener(event -> told.add(event.kind()));
    }

    private KeyRing open(KeyEncryptionKey key) {
        return builder().keyEncryptionKey(key).build();
    }

    private String root() {
        return text("data-root");
    }

    private String text(String name) {
        return new String(store.load(name).orElseThrow().document(), StandardCharsets.US_ASCII);
    }

    private Reason refused(KeyRing.Builder builder) {
        return assertThrows(SecretsUnavailableException.class, builder::build).reason();
    }

    @Test
    void build_emptyStore_wrapsARandomRootKeyBesideTheRing() {
        RingKey made = open(OLD).active();
        RingKey reopened = open(OLD).active();

        assertTrue(made.material().matches(reopened.material()));
        assertTrue(root().matches("\\{\"format\":\"hardening-ring-root/1\",\"ring\":\"data\",\"kek\":\"" + OLD.id()
                + "\",\"wrapped\":\"[A-Za-z0-9_-]{54}\"}"));
        assertTrue(text("data").startsWith("{\"format\":\"hardening-key-ring/1\""));
        open(OLD);
        assertEquals(1, store.load("data-root").orElseThrow().version());
    }

    /** Such as two servers with a key of one name each: the id says where it lives only in part. */
    @Test
    void previousKey_ofTheSameName_isTriedToo() {
        KeyEncryptionKey here = passphrase("one passphrase of many");
        KeyEncryptionKey there = passphrase("another passphrase of many");
        RingKey before = open(here).active();
        told.clear();

        KeyRing moved =
                builder().keyEncryptionKey(there).previousKeyEncryptionKey(here).build();

        assertTrue(moved.active().material().matches(before.material()));
        assertEquals(List.of(Kind.REWRAPPED), told);
        assertTrue(open(there).active().material().matches(before.material()));
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(here)));
    }

    private static KeyEncryptionKey passphrase(String text) {
        return PassphraseKeyEncryptionKey.builder()
                .id("person:one")
                .passphrase(Secret.of(text))
                .iterations(PassphraseKeyEncryptionKey.LEAST_ITERATIONS)
                .build();
    }

    @Test
    @Tag("secrets:S3")
    void close_keyEncryptionKey_wipesItAndTheRingGoesOn() {
        var aes = AesKeyEncryptionKey.of(Secret.of("c".repeat(32)));
        KeyRing ring = open(aes);

        aes.close();
        aes.close();

        ring.unsafePromoteNow(ring.add().id());
        assertThrows(IllegalStateException.class, ring::rewrap);
        assertThrows(IllegalStateException.class, () -> open(aes));
        var person = (PassphraseKeyEncryptionKey) passphrase("one passphrase of many");
        person.close();
        assertThrows(IllegalStateException.class, () -> person.wrap(Secret.of("r".repeat(32)), new byte[0]));
    }

    @Test
    void build_twoRings_haveTwoRootKeys() {
        open(OLD);
        builder().name("other").keyEncryptionKey(OLD).build();

        assertNotEquals(kek("data"), kek("other"));
        byte[] moved = text("other-root").replace("\"other\"", "\"data\"").getBytes(StandardCharsets.US_ASCII);
        store.compareAndSet("data-root", 1, moved);
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(OLD)));
    }

    private String kek(String ring) {
        return text(ring).replaceFirst(".*\"kek\":\"([0-9a-f]{16})\".*", "$1");
    }

    @Test
    void previousKey_given_rewrapsTheRootKeyAndNothingElse() {
        RingKey before = open(OLD).active();
        String ring = text("data");
        told.clear();

        KeyRing rewrapped =
                builder().keyEncryptionKey(NEW).previousKeyEncryptionKey(OLD).build();

        assertEquals(ring, text("data"));
        assertTrue(root().contains(NEW.id()));
        assertEquals(List.of(Kind.REWRAPPED), told);
        assertTrue(rewrapped.active().material().matches(before.material()));
        assertTrue(open(NEW).active().material().matches(before.material()));
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(OLD)));
    }

    @Test
    void rawSecret_replacedByAKey_rewrapsTheRing() {
        Secret raw = Secret.of("r".repeat(32));
        RingKey before = builder().keyEncryptionKey(raw).build().active();

        RingKey after = builder()
                .keyEncryptionKey(NEW)
                .previousKeyEncryptionKey(raw)
                .build()
                .active();

        assertTrue(after.material().matches(before.material()));
        assertEquals(after.id(), open(NEW).active().id());
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(raw)));
    }

    @Test
    void key_replacedByARawSecret_rewrapsTheRing() {
        Secret raw = Secret.of("r".repeat(32));
        RingKey before = open(OLD).active();

        RingKey after = builder()
                .keyEncryptionKey(raw)
                .previousKeyEncryptionKey(OLD)
                .build()
                .active();

        assertTrue(after.material().matches(before.material()));
        assertEquals(
                after.id(), builder().keyEncryptionKey(raw).build().active().id());
    }

    @Test
    void rewrap_withAKey_wrapsTheRootKeyAnewAndTellsIt() {
        KeyEncryptionKey salted = PassphraseKeyEncryptionKey.builder()
                .id("p")
                .passphrase(Secret.of("p".repeat(20)))
                .iterations(210_000)
                .build();
        KeyRing ring = open(salted);
        String before = root();
        told.clear();

        assertTrue(ring.rewrap());

        assertNotEquals(before, root());
        assertEquals(List.of(Kind.REWRAPPED), told);
        assertEquals(ring.active().id(), open(salted).active().id());
    }

    @Test
    void rewrap_rawSecret_saysWhetherThereWasAnythingToDo() {
        Secret current = Secret.of("n".repeat(32));
        Secret previous = Secret.of("o".repeat(32));
        KeyRing both = builder()
                .keyEncryptionKey(current)
                .previousKeyEncryptionKey(previous)
                .build();
        assertFalse(both.rewrap());
        // Another process, started with the two the other way round, wraps them back.
        builder().keyEncryptionKey(previous).previousKeyEncryptionKey(current).build();

        assertTrue(both.rewrap());
        assertFalse(both.rewrap());

        assertEquals(
                both.active().id(),
                builder().keyEncryptionKey(current).build().active().id());
    }

    @Test
    void rewrap_rootKeyReplaced_isTampering() {
        KeyRing ring = open(OLD);
        byte[] other = OLD.wrap(Secret.of("x".repeat(32)), RootDocument.context("data"));
        store.compareAndSet(
                "data-root", 1, RootDocument.of("data", OLD.id(), other).write());

        var refused = assertThrows(SecretsUnavailableException.class, ring::rewrap);

        assertEquals(Reason.TAMPERED, refused.reason());
        assertTrue(told.contains(Kind.REFUSED));
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(OLD)));
    }

    @Test
    void rootKey_goneOrMalformed_isTampering() {
        open(OLD);
        byte[] ring = store.load("data").orElseThrow().document();
        InMemoryRingStore without = new InMemoryRingStore();
        without.compareAndSet("data", 0, ring);

        assertEquals(Reason.TAMPERED, refused(builder().store(without).keyEncryptionKey(OLD)));
        assertEquals(Optional.empty(), without.load("data-root"), "no new one is made for an old ring");
        String root = root();
        long version = 1;
        for (String wrong : List.of(
                "",
                "{}",
                root + "\n",
                root.replace("/1\"", "/2\""),
                root.replace("\"data\"", "\"other\""),
                root.replace("\"kek\":\"", "\"kek\":\"\\u0061"),
                root.replace("\"}", "=\"}"),
                root.replace("\"}", "\",\"more\":\"1\"}"),
                "x".repeat(8193))) {
            assertTrue(store.compareAndSet("data-root", version++, wrong.getBytes(StandardCharsets.US_ASCII)));
            assertEquals(Reason.TAMPERED, refused(builder().keyEncryptionKey(OLD)), wrong);
        }
    }

    @Test
    void key_wrongOrOfTheSameName_isWrongKey() {
        open(OLD);
        assertEquals(Reason.WRONG_KEY, refused(builder().keyEncryptionKey(FOREIGN)));

        var renamed = assertThrows(SecretsUnavailableException.class, () -> open(fake(OLD.id(), Optional.empty())));

        assertEquals(Reason.WRONG_KEY, renamed.reason());
        assertTrue(renamed.getMessage().contains(OLD.id()));
        assertEquals(
                Reason.TAMPERED, refused(builder().keyEncryptionKey(fake(OLD.id(), Optional.of(Secret.of("short"))))));
    }

    private static KeyEncryptionKey fake(String id, Optional<Secret> root) {
        return new KeyEncryptionKey() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public byte[] wrap(Secret rootKey, byte[] context) {
                return new byte[4097];
            }

            @Override
            public Optional<Secret> unwrap(byte[] wrapped, byte[] context) {
                return root;
            }
        };
    }

    @Test
    void key_thatWrapsTooMuch_isUnavailableAndStoresNothing() {
        assertEquals(Reason.INFRASTRUCTURE, refused(builder().keyEncryptionKey(fake("big", Optional.empty()))));
        assertEquals(Optional.empty(), store.load("data-root"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with space", "quote\"", "back\\slash"})
    void key_whoseIdIsNoId_isAFault(String id) {
        assertThrows(SecretsConfigurationException.class, () -> open(fake(id, Optional.empty())));
    }

    @Test
    void name_thatLeavesNoRoomOrLooksLikeARootKey_isAFault() {
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder().name("n".repeat(60)).keyEncryptionKey(OLD).build());
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder().name("data-root").keyEncryptionKey(OLD).build());
        assertEquals(
                59,
                builder()
                        .name("n".repeat(59))
                        .keyEncryptionKey(OLD)
                        .build()
                        .name()
                        .length());
    }

    @Test
    void build_crashBetweenRootKeyAndRing_isMadeGoodByTheNextStart() {
        open(OLD);
        byte[] root = store.load("data-root").orElseThrow().document();
        InMemoryRingStore half = new InMemoryRingStore();
        half.compareAndSet("data-root", 0, root);

        RingKey made = builder().store(half).keyEncryptionKey(OLD).build().active();

        assertEquals(
                made.id(),
                builder().store(half).keyEncryptionKey(OLD).build().active().id());
        assertEquals(1, half.load("data-root").orElseThrow().version());
    }

    @Test
    void build_manyAtOnceWhileTheKeyChanges_agreeOnOneRootKey() throws InterruptedException, ExecutionException {
        int threads = 8;
        for (int round = 0; round < 20; round++) {
            InMemoryRingStore fresh = new InMemoryRingStore();
            CyclicBarrier start = new CyclicBarrier(threads);
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            try {
                List<Callable<String>> all = IntStream.range(0, threads)
                        .<Callable<String>>mapToObj(thread -> () -> {
                            start.await();
                            return builder()
                                    .listener(RingListener.none())
                                    .store(fresh)
                                    .keyEncryptionKey(thread % 2 == 0 ? OLD : NEW)
                                    .previousKeyEncryptionKey(thread % 2 == 0 ? NEW : OLD)
                                    .build()
                                    .active()
                                    .id();
                        })
                        .toList();
                List<String> ids = new ArrayList<>();
                for (Future<String> one : pool.invokeAll(all)) {
                    ids.add(one.get());
                }
                assertEquals(1, Set.copyOf(ids).size());
            } finally {
                pool.shutdownNow();
            }
        }
    }

    @Test
    void rings_always_comeToAnEndWhereOthersAreFaster() {
        RingStore losing = new RingStore() {
            @Override
            public Optional<Stored> load(String ring) {
                return Optional.empty();
            }

            @Override
            public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
                return false;
            }
        };

        assertEquals(Reason.INFRASTRUCTURE, refused(builder().store(losing).keyEncryptionKey(OLD)));
    }
}

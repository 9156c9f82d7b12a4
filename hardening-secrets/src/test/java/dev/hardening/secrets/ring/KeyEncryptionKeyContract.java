package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every key-encryption key must do. */
public interface KeyEncryptionKeyContract {
    /** The key under test; each call may give the same or another object over the same key. */
    KeyEncryptionKey key();

    /** Another key of the same sort, which wrapped nothing of the first. */
    KeyEncryptionKey anotherKey();

    @Test
    default void id_always_fitsTheGrammarAndStays() {
        assertTrue(key().id().matches("[A-Za-z0-9._:/-]{1,200}"), key().id());
        assertEquals(key().id(), key().id());
    }

    @Test
    default void unwrap_whatWasWrapped_givesItBackAndLeavesTheOriginalOpen() {
        Secret root = root('r');

        byte[] wrapped = key().wrap(root, context("a"));

        assertTrue(key().unwrap(wrapped, context("a")).orElseThrow().matches(root));
        assertTrue(wrapped.length > 32 && wrapped.length <= 4096);
    }

    @Test
    default void wrap_twice_bothOpen() {
        byte[] first = key().wrap(root('r'), context("a"));
        byte[] second = key().wrap(root('s'), context("a"));

        assertTrue(key().unwrap(first, context("a")).orElseThrow().matches(root('r')));
        assertTrue(key().unwrap(second, context("a")).orElseThrow().matches(root('s')));
    }

    @Test
    default void wrap_always_showsNothingOfTheKey() {
        byte[] wrapped = key().wrap(root('r'), context("a"));

        assertFalse(new String(wrapped, StandardCharsets.ISO_8859_1).contains("rrrr"));
    }

    @Test
    default void unwrap_anotherContext_isEmpty() {
        byte[] wrapped = key().wrap(root('r'), context("a"));

        assertEquals(Optional.empty(), key().unwrap(wrapped, context("b")));
        assertEquals(Optional.empty(), key().unwrap(wrapped, context("")));
    }

    @Test
    default void unwrap_byAnotherKey_isEmpty() {
        byte[] wrapped = key().wrap(root('r'), context("a"));

        assertEquals(Optional.empty(), anotherKey().unwrap(wrapped, context("a")));
    }

    @Test
    default void unwrap_changedOrCut_isEmpty() {
        byte[] wrapped = key().wrap(root('r'), context("a"));

        for (int at : new int[] {wrapped.length / 2, wrapped.length - 1}) {
            byte[] changed = wrapped.clone();
            changed[at] ^= 1;
            assertEquals(Optional.empty(), key().unwrap(changed, context("a")), "changed at " + at);
        }
        for (int length : new int[] {0, 1, 32, wrapped.length - 1, wrapped.length + 1}) {
            assertEquals(Optional.empty(), key().unwrap(Arrays.copyOf(wrapped, length), context("a")), "cut " + length);
        }
    }

    @Test
    default void key_manyThreads_areServed() throws InterruptedException, ExecutionException {
        KeyEncryptionKey shared = key();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> all = IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(thread -> () -> {
                        Secret root = root((char) ('a' + thread));
                        byte[] wrapped = shared.wrap(root, context("a"));
                        return shared.unwrap(wrapped, context("a"))
                                .orElseThrow()
                                .matches(root);
                    })
                    .toList();
            for (Future<Boolean> one : pool.invokeAll(all)) {
                assertTrue(one.get());
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Secret root(char letter) {
        return Secret.of(Character.toString(letter).repeat(32));
    }

    private static byte[] context(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

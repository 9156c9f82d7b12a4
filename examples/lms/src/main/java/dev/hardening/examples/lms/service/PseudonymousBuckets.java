package dev.hardening.examples.lms.service;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.seal.BlindIndex;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/**
 * Counts under a keyed hash of what is counted, since keys of limits hold e-mail and IP addresses.
 *
 * <p>A new secret finds no old bucket: whoever was held back by then starts afresh, once.
 */
public final class PseudonymousBuckets implements BucketStore {
    private final BucketStore store;
    private final BlindIndex index;

    private PseudonymousBuckets(BucketStore store, BlindIndex index) {
        this.store = store;
        this.index = index;
    }

    /**
     * Hides the keys from a store.
     *
     * @param store sees pseudonyms alone; closed with this one
     * @param secret the same in all processes; needed only during this call
     */
    public static PseudonymousBuckets of(BucketStore store, Secret secret) {
        return new PseudonymousBuckets(store, BlindIndex.of(secret, "hardening_ratelimit.bucket", "id"));
    }

    @Override
    public Space open(SpaceSpec spec) {
        return new Pseudonyms(store.open(spec), spec.name());
    }

    @Override
    public Health health() {
        return store.health();
    }

    @Override
    public Optional<Instant> time() {
        return store.time();
    }

    @Override
    public void close() {
        store.close();
    }

    /** Two policies give one key two pseudonyms. */
    private final class Pseudonyms implements Space {
        private final Space space;
        private final String name;

        Pseudonyms(Space space, String name) {
            this.space = space;
            this.name = name;
        }

        @Override
        public Take take(String key, long tokens) {
            return space.take(index.index(name, key), tokens);
        }

        @Override
        public Take peek(String key, long tokens) {
            return space.peek(index.index(name, key), tokens);
        }

        @Override
        public void debit(String key, long tokens) {
            space.debit(index.index(name, key), tokens);
        }

        @Override
        public void credit(String key, long tokens) {
            space.credit(index.index(name, key), tokens);
        }

        @Override
        public void reset(String key) {
            space.reset(index.index(name, key));
        }

        @Override
        public Optional<Take> knownRefusal(String key, long tokens) {
            return space.knownRefusal(index.index(name, key), tokens);
        }

        @Override
        public CompletionStage<Take> takeAsync(String key, long tokens) {
            return space.takeAsync(index.index(name, key), tokens);
        }

        @Override
        public CompletionStage<Take> peekAsync(String key, long tokens) {
            return space.peekAsync(index.index(name, key), tokens);
        }

        @Override
        public CompletionStage<?> debitAsync(String key, long tokens) {
            return space.debitAsync(index.index(name, key), tokens);
        }

        @Override
        public CompletionStage<?> creditAsync(String key, long tokens) {
            return space.creditAsync(index.index(name, key), tokens);
        }

        @Override
        public boolean blocking() {
            return space.blocking();
        }

        @Override
        public OptionalLong size() {
            return space.size();
        }
    }
}

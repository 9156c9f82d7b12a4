package dev.hardening.ratelimit;

import java.util.Set;

/** Notes every key that reaches a space. */
final class RecordingSpace {
    private RecordingSpace() {}

    static BucketStore.Space of(BucketStore.Space space, Set<String> keys) {
        return new BucketStore.Space() {
            @Override
            public BucketStore.Take take(String key, long tokens) {
                keys.add(key);
                return space.take(key, tokens);
            }

            @Override
            public BucketStore.Take peek(String key, long tokens) {
                keys.add(key);
                return space.peek(key, tokens);
            }

            @Override
            public void debit(String key, long tokens) {
                keys.add(key);
                space.debit(key, tokens);
            }

            @Override
            public void credit(String key, long tokens) {
                keys.add(key);
                space.credit(key, tokens);
            }

            @Override
            public void reset(String key) {
                keys.add(key);
                space.reset(key);
            }
        };
    }
}

package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keys that were chosen to have one hash code are spread like any others, and stay apart. */
@Tag("ratelimit:A7")
class HashFloodTest {
    private static final List<Limit> ONCE = List.of(Limit.of("a", 1, Duration.ofHours(1)));

    /** {@code Aa} and {@code BB} have one hash code, and so has every row of them. */
    private static List<String> colliding(int bits) {
        List<String> keys = new ArrayList<>();
        for (int number = 0; number < 1 << bits; number++) {
            StringBuilder key = new StringBuilder();
            for (int bit = 0; bit < bits; bit++) {
                key.append((number >> bit & 1) == 0 ? "Aa" : "BB");
            }
            keys.add(key.toString());
        }
        return keys;
    }

    private static int granted(Space space, List<String> keys) {
        int granted = 0;
        for (String key : keys) {
            granted += space.take(key, 1).granted() ? 1 : 0;
        }
        return granted;
    }

    @Test
    void colliding_keys_haveOneHashCode() {
        Set<Integer> codes = new HashSet<>();
        colliding(12).forEach(key -> codes.add(key.hashCode()));

        assertEquals(1, codes.size());
    }

    @Test
    void take_collidingKeysInTheTable_areCountedApart() {
        Space space = BucketStores.local(LocalSpec.standard().withTicker(FakeTicker.create()))
                .open("apart", ONCE);
        List<String> keys = colliding(12);

        assertEquals(keys.size(), granted(space, keys));
        assertEquals(0, granted(space, keys));
    }

    @Test
    void take_collidingKeysBesideAFullTable_areSpreadOverTheStripes() {
        Space space = BucketStores.local(new LocalSpec(16, FakeTicker.create())).open("spread", ONCE);
        for (int key = 0; key < 16; key++) {
            space.take("early" + key, 1);
        }

        int stripes = granted(space, colliding(13));

        assertTrue(stripes > 900, "by their hash code they would all share one stripe, got " + stripes);
    }

    @Test
    void take_sameKeysInTwoStores_arePlacedDifferently() {
        List<String> keys = colliding(9);
        List<Boolean> first = placed(keys);

        assertTrue(!first.equals(placed(keys)), "who learns the places in one process knows nothing of the next");
    }

    private static List<Boolean> placed(List<String> keys) {
        Space space = BucketStores.local(new LocalSpec(16, FakeTicker.create())).open("placed", ONCE);
        for (int key = 0; key < 16; key++) {
            space.take("early" + key, 1);
        }
        return keys.stream().map(key -> space.take(key, 1).granted()).toList();
    }
}

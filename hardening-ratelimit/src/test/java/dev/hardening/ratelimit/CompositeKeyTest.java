package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("ratelimit:A7")
class CompositeKeyTest {
    private static final KeySpec PAIR = Keys.all(Keys.attribute("tenant"), Keys.attribute("account"));

    private static CompositeKey pair(String tenant, String account) {
        Object found = PAIR.find(RequestFacts.builder()
                .attribute("tenant", tenant)
                .attribute("account", account)
                .build());
        return assertInstanceOf(CompositeKey.class, Objects.requireNonNull(found));
    }

    @Test
    void keys_withEqualHashCodes_haveAnOrderThatTellsThemApart() {
        List<CompositeKey> keys = new ArrayList<>();
        for (int number = 0; number < 1 << 12; number++) {
            StringBuilder account = new StringBuilder();
            for (int bit = 0; bit < 12; bit++) {
                account.append((number >> bit & 1) == 0 ? "Aa" : "BB");
            }
            keys.add(pair("t", account.toString()));
        }

        assertEquals(1, keys.stream().map(CompositeKey::hashCode).distinct().count());
        assertEquals(keys.size(), new TreeSet<>(keys).size());
    }

    @Test
    void compareTo_equalAndLongAndNestedKeys_agreesWithEquality() {
        String longer = "x".repeat(65);

        assertEquals(0, pair("t", longer).compareTo(pair("t", longer)));
        assertEquals(pair("t", longer), pair("t", longer));
        assertNotEquals(0, pair("t", longer).compareTo(pair("t", longer + "y")));
        assertNotEquals(0, pair("t", longer).compareTo(pair("t", "short")));
        assertEquals(
                -Integer.signum(pair("a", "b").compareTo(pair("a", longer))),
                Integer.signum(pair("a", longer).compareTo(pair("a", "b"))));
        KeySpec nested = Keys.all(PAIR, Keys.attribute("tenant"));
        RequestFacts facts = RequestFacts.builder()
                .attribute("tenant", "t")
                .attribute("account", "a")
                .build();
        CompositeKey one = (CompositeKey) Objects.requireNonNull(nested.find(facts));
        assertEquals(0, one.compareTo((CompositeKey) Objects.requireNonNull(nested.find(facts))));
        assertNotEquals(0, one.compareTo(pair("t", "a")));
    }
}

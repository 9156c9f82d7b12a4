package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private static final Limit LIMIT = Limit.of("a", 5, Duration.ofSeconds(1));

    @Test
    void build_nothingSet_isStrict() {
        Policy policy = Policy.named("p").key(Keys.user()).limit(LIMIT).build();

        assertEquals(1, policy.cost());
        assertEquals(MissingKey.SHARE, policy.missingKey());
        assertEquals(FailureMode.CLOSED, policy.failureMode());
        assertEquals(Visibility.SHOWN, policy.visibility());
        assertEquals("p", policy.toString());
        assertEquals("user", policy.key().name());
    }

    @Test
    @Tag("ratelimit:A10")
    void build_everythingWrong_listsEveryFault() {
        var refused = assertThrows(
                RateLimitConfigurationException.class,
                () -> Policy.named("a\"\r\nb").cost(0).limit(LIMIT).limit(LIMIT).build());

        assertEquals(4, refused.faults().size(), refused.getMessage());
    }

    @Test
    @Tag("ratelimit:E6")
    void build_costOverACapacity_canNeverPassAndIsRefused() {
        var refused = assertThrows(
                RateLimitConfigurationException.class,
                () -> Policy.named("p").key(Keys.user()).limit(LIMIT).cost(6).build());

        assertTrue(refused.faults().get(0).contains("can never pass"));
    }

    @Test
    void build_noLimitOrTooMany_isRefused() {
        Policy.Builder many = Policy.named("p").key(Keys.user());
        for (int index = 0; index < 9; index++) {
            many.limit(Limit.of("l" + index, 5, Duration.ofSeconds(1)));
        }

        assertThrows(RateLimitConfigurationException.class, many::build);
        assertEquals(
                List.of("policy \"p\": there must be 1 to 8 limits, got 0"),
                assertThrows(
                                RateLimitConfigurationException.class,
                                () -> Policy.named("p").key(Keys.user()).build())
                        .faults());
    }
}

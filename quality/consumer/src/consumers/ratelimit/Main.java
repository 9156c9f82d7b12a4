package consumer;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import java.time.Duration;

/** Lets one request of a user pass and refuses the second. */
public final class Main {
    private Main() {}

    /** Prints that it works. */
    public static void main(String[] arguments) {
        RateLimiter limiter = RateLimiter.builder()
                .policy(Policy.named("once")
                        .key(Keys.user())
                        .limit(Limit.of("hour", 1, Duration.ofHours(1)))
                        .build())
                .build();
        RequestFacts facts = RequestFacts.builder().userId("u1").build();
        boolean first = limiter.check(facts).allowed();
        boolean second = limiter.check(facts).allowed();
        System.out.println(first && !second ? "ratelimit works" : "broken");
    }
}

package dev.hardening.ratelimit.health;

import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Answers what somebody asks who has to say whether a service is ready for production; a list of named findings, made
 * from what the service was built with. What was not handed in counts as missing.
 */
public final class RateLimitProbes {
    private final List<RateLimiter> limiters = new ArrayList<>();
    private boolean login;
    private boolean addresses;

    private RateLimitProbes() {}

    /**
     * Starts with nothing.
     *
     * @return a builder for one thread
     */
    public static RateLimitProbes builder() {
        return new RateLimitProbes();
    }

    /**
     * Adds a limiter.
     *
     * @param limiter asked now, and not kept
     * @return this builder
     */
    public RateLimitProbes limiter(RateLimiter limiter) {
        limiters.add(Objects.requireNonNull(limiter, "limiter"));
        return this;
    }

    /**
     * Says that logins are throttled.
     *
     * @param throttle what does it
     * @return this builder
     */
    public RateLimitProbes login(LoginThrottle throttle) {
        Objects.requireNonNull(throttle, "throttle");
        login = true;
        return this;
    }

    /**
     * Says that client addresses are read by a resolver, which knows whom it trusts.
     *
     * @param resolver what does it
     * @return this builder
     */
    public RateLimitProbes addresses(ClientIpResolver resolver) {
        Objects.requireNonNull(resolver, "resolver");
        addresses = true;
        return this;
    }

    /**
     * Answers.
     *
     * @return {@code fail-mode}, {@code login-limited}, {@code trusted-proxies} and {@code keys-bounded}, in this order
     */
    public List<Result> answer() {
        return List.of(
                failMode(),
                new Result("login-limited", login, login ? "" : "no LoginThrottle was named"),
                trustedProxies(),
                keysBounded());
    }

    private Result failMode() {
        List<String> open = policies().stream()
                .filter(policy -> policy.failureMode() == FailureMode.OPEN && policy.mode() == Policy.Mode.ENFORCE)
                .map(Policy::name)
                .toList();
        boolean any = !limiters.isEmpty();
        return new Result("fail-mode", any && open.isEmpty(), any ? told("open", open) : "no RateLimiter was named");
    }

    private Result trustedProxies() {
        List<String> byAddress = policies().stream()
                .filter(policy -> List.of(policy.key().name().split("\\+")).contains("ip"))
                .map(Policy::name)
                .toList();
        boolean needed = !byAddress.isEmpty() || login;
        return new Result(
                "trusted-proxies", addresses || !needed, addresses || !needed ? "" : "no ClientIpResolver was named");
    }

    private Result keysBounded() {
        List<String> full = limiters.stream()
                .flatMap(limiter ->
                        limiter.policies().stream().map(Policy::name).filter(policy -> limiter.overflows(policy) > 0))
                .toList();
        return new Result("keys-bounded", full.isEmpty(), told("table full", full));
    }

    private List<Policy> policies() {
        return limiters.stream().flatMap(limiter -> limiter.policies().stream()).toList();
    }

    private static String told(String what, List<String> policies) {
        return policies.isEmpty() ? "" : what + ": " + String.join(", ", policies);
    }

    /**
     * Says how one question was answered.
     *
     * @param name the question, for programs
     * @param passed whether all is well
     * @param reason why not, empty if it is; names policies, never callers
     */
    public record Result(String name, boolean passed, String reason) {}
}

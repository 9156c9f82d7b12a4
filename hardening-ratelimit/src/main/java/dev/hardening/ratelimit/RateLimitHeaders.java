package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the HTTP fields of a decision, for any server: {@code RateLimit}, {@code RateLimit-Policy} (IETF
 * draft-ietf-httpapi-ratelimit-headers-10, structured fields of RFC 9651) and {@code Retry-After}.
 *
 * <p>{@code RateLimit-Policy} lists every limit that may be shown, {@code RateLimit} the tightest of them, but of a
 * refusal only one that refused: beside the wait for a hidden limit its figures would promise too much or too little. A
 * limit of a {@link Policy.Builder#hidden hidden} policy appears in neither. {@code Retry-After} is whole seconds, rounded up,
 * never 0, never earlier than the true wait or the {@code t} beside it, and up to a tenth later at random, so that those
 * who were refused together do not come back together.
 *
 * <p>{@link #of} is all that most need; {@link #builder} is for older clients, scripts of another origin and very long
 * windows. Immutable and safe for many threads.
 */
public final class RateLimitHeaders {
    private static final String RATE_LIMIT = "RateLimit";
    private static final String RATE_LIMIT_POLICY = "RateLimit-Policy";
    private static final String RETRY_AFTER = "Retry-After";
    private static final String CACHE_CONTROL = "Cache-Control";
    private static final String EXPOSE = "Access-Control-Expose-Headers";
    private static final String LEGACY = "X-RateLimit-";
    private static final String LEGACY_LIMIT = LEGACY + "Limit";
    private static final String LEGACY_REMAINING = LEGACY + "Remaining";
    private static final String LEGACY_RESET = LEGACY + "Reset";
    private static final long WHOLE = 100;
    private static final RateLimitHeaders STANDARD = builder().build();

    private final RandomGenerator random;
    private final int jitterPercent;
    private final @Nullable LongUnaryOperator legacyReset;
    private final @Nullable Duration longestWindow;
    private final @Nullable String exposed;

    private RateLimitHeaders(Builder builder) {
        random = builder.random;
        jitterPercent = builder.jitterPercent;
        legacyReset = builder.legacyReset;
        longestWindow = builder.longestWindow;
        exposed = builder.expose ? exposed(builder) : null;
    }

    /**
     * Starts fields other than the standard ones.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives what {@link #of} writes with.
     *
     * @return the fields of the draft and {@code Retry-After}
     */
    public static RateLimitHeaders standard() {
        return STANDARD;
    }

    /**
     * Writes the standard fields.
     *
     * @param decision the decision of this request
     * @return names and values to set, in order; empty where there is nothing to tell
     */
    public static Map<String, String> of(Decision decision) {
        return STANDARD.fields(decision);
    }

    /**
     * Writes the fields of a decision.
     *
     * @param decision the decision of this request
     * @return names and values to set, in order; {@code Access-Control-Expose-Headers}, if asked for, is to be added to
     *     what others have set
     */
    public Map<String, String> fields(Decision decision) {
        Objects.requireNonNull(decision, "decision");
        Map<String, String> fields = new LinkedHashMap<>();
        // 0 where there is nothing to wait for: the request may go on, or never can.
        long retry = jittered(decision.retryAfterSeconds());
        if (decision.allowed() || RateLimitProblem.status(decision) == RateLimitProblem.TOO_MANY_REQUESTS) {
            addFigures(fields, decision, retry);
        }
        return decision.allowed() ? exposing(fields) : refusing(fields, retry);
    }

    /**
     * Writes the fields of a request that was refused because its key has as many in flight as it may; answer 429.
     *
     * @param limit the limit's name, {@code [a-z][a-z0-9._-]{0,63}}
     * @param most how many may be in flight
     * @param visibility whether the caller may be told
     * @return names and values to set, in order
     */
    public Map<String, String> concurrency(String limit, long most, Visibility visibility) {
        Map<String, String> fields = new LinkedHashMap<>();
        if (visibility == Visibility.SHOWN) {
            String name = '"' + Names.requirePlain(limit) + '"';
            fields.put(RATE_LIMIT_POLICY, name + ";q=" + most + ";qu=\"concurrent-requests\"");
            // When one of them is over is not ours to know, so there is no t.
            fields.put(RATE_LIMIT, name + ";r=0");
        }
        return refusing(fields, 1);
    }

    /**
     * Writes the fields of a request that was turned away because the service has no room; answer 503.
     *
     * @param retryAfter when to ask again
     * @return names and values to set, in order
     */
    public Map<String, String> shed(Duration retryAfter) {
        return refusing(new LinkedHashMap<>(), jittered(Math.max(1, Seconds.roundUp(retryAfter))));
    }

    /** Upwards, and in whole seconds no more than the percentage, so short waits are told as they are. */
    private long jittered(long seconds) {
        long spread = seconds * jitterPercent / WHOLE;
        return spread == 0 ? seconds : seconds + random.nextLong(spread + 1);
    }

    private Map<String, String> refusing(Map<String, String> fields, long retry) {
        if (retry > 0) {
            fields.put(RETRY_AFTER, Long.toString(retry));
        }
        // A 429 must not be stored by a cache (RFC 6585, section 4).
        fields.put(CACHE_CONTROL, "no-store");
        return exposing(fields);
    }

    private Map<String, String> exposing(Map<String, String> fields) {
        if (exposed != null && !fields.isEmpty()) {
            fields.put(EXPOSE, exposed);
        }
        return fields;
    }

    private void addFigures(Map<String, String> fields, Decision decision, long retry) {
        List<LimitStatus> shown = decision.statuses().stream()
                .filter(status -> status.visibility() == Visibility.SHOWN)
                .filter(status -> !decision.allowed() || !status.violated())
                .toList();
        Decision.tightest(shown).ifPresent(tightest -> {
            String policies = shown.stream().map(RateLimitHeaders::policyItem).collect(Collectors.joining(", "));
            fields.put(RATE_LIMIT_POLICY, policies);
            if (decision.allowed() || tightest.violated()) {
                Figures figures = figures(tightest, decision.allowed());
                fields.put(RATE_LIMIT, figures.item(tightest.name()));
                addLegacy(fields, tightest, figures, decision.allowed() ? figures.seconds() : retry);
            }
        });
    }

    private void addLegacy(Map<String, String> fields, LimitStatus tightest, Figures figures, long wait) {
        if (legacyReset != null) {
            fields.put(LEGACY_LIMIT, Long.toString(tightest.limit().capacity()));
            fields.put(LEGACY_REMAINING, Long.toString(figures.remaining()));
            fields.put(LEGACY_RESET, Long.toString(legacyReset.applyAsLong(wait)));
        }
    }

    private static String policyItem(LimitStatus status) {
        Limit limit = status.limit();
        long window = Math.max(1, Seconds.roundUp(limit.timeToFull()));
        return '"' + status.name() + "\";q=" + limit.capacity() + ";w=" + window;
    }

    private Figures figures(LimitStatus status, boolean allowed) {
        Figures exact = new Figures(status.remaining(), Seconds.roundUp(status.nextToken()));
        Duration window = status.limit().timeToFull();
        if (!allowed || longestWindow == null || window.compareTo(longestWindow) <= 0) {
            return exact;
        }
        // What the longest window shown may use of the whole, so that nobody is invited to use up a month in a minute.
        double part = seconds(longestWindow) / seconds(window);
        long share = Math.max(1, (long) (status.limit().capacity() * part));
        return exact.remaining() <= share ? exact : new Figures(share, Seconds.roundUp(longestWindow));
    }

    /** Nanoseconds would end after 292 years. */
    private static double seconds(Duration time) {
        return time.getSeconds() + time.getNano() / 1e9;
    }

    private static String exposed(Builder builder) {
        List<String> names = new ArrayList<>(List.of(RATE_LIMIT, RATE_LIMIT_POLICY, RETRY_AFTER));
        if (builder.legacyReset != null) {
            names.addAll(List.of(LEGACY_LIMIT, LEGACY_REMAINING, LEGACY_RESET));
        }
        return String.join(", ", names);
    }

    /** What may still pass, and the seconds until more may; 0 where the limit is untouched. */
    private record Figures(long remaining, long seconds) {
        String item(String name) {
            String item = '"' + name + "\";r=" + remaining;
            return seconds == 0 ? item : item + ";t=" + seconds;
        }
    }

    /** Collects how fields are written; not for several threads. */
    public static final class Builder {
        private static final int MOST_JITTER = 10;
        private static final Duration SHORTEST_WINDOW = Duration.ofSeconds(1);

        private RandomGenerator random = new SecureRandom();
        private int jitterPercent = MOST_JITTER;
        private @Nullable LongUnaryOperator legacyReset;
        private @Nullable Duration longestWindow;
        private boolean expose;

        private Builder() {}

        /**
         * Also writes {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset} of the same limit, with the reset as
         * seconds since 1970; not written if not called.
         *
         * @param clock tells what time it is
         * @return this builder
         */
        public Builder legacyEpochSeconds(Clock clock) {
            Objects.requireNonNull(clock, "clock");
            legacyReset = seconds -> Math.floorDiv(clock.millis() + 999, 1_000) + seconds;
            return this;
        }

        /**
         * Also writes {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset} of the same limit, with the reset as
         * seconds from now; not written if not called.
         *
         * @return this builder
         */
        public Builder legacyDeltaSeconds() {
            legacyReset = LongUnaryOperator.identity();
            return this;
        }

        /**
         * Sets how much later than the true wait {@code Retry-After} may be; 10 percent if not called.
         *
         * @param percent 0 to 10
         * @return this builder
         */
        public Builder jitterPercent(int percent) {
            jitterPercent = percent;
            return this;
        }

        /**
         * Sets the randomness of the jitter; a new {@link SecureRandom} if not called.
         *
         * @param source safe for many threads
         * @return this builder
         */
        public Builder random(RandomGenerator source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Shows of a limit that takes longer to fill only what may be used in this time, and this time as {@code t}; the
         * whole if not called. The limit itself stays as it is: who asks for more still gets it.
         *
         * @param longest at least 1 s
         * @return this builder
         */
        public Builder longestWindow(Duration longest) {
            longestWindow = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * Also writes {@code Access-Control-Expose-Headers}, so that scripts of another origin can read the fields; not
         * written if not called.
         *
         * @return this builder
         */
        public Builder exposeToScripts() {
            expose = true;
            return this;
        }

        /**
         * Makes the writer.
         *
         * @return the writer
         * @throws RateLimitConfigurationException with every fault found
         */
        public RateLimitHeaders build() {
            List<String> faults = new ArrayList<>();
            if (jitterPercent < 0 || jitterPercent > MOST_JITTER) {
                faults.add("jitterPercent must be 0 to " + MOST_JITTER + ", got " + jitterPercent);
            }
            if (longestWindow != null && longestWindow.compareTo(SHORTEST_WINDOW) < 0) {
                faults.add("longestWindow must be at least " + SHORTEST_WINDOW + ", got " + longestWindow);
            }
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new RateLimitHeaders(this);
        }
    }
}

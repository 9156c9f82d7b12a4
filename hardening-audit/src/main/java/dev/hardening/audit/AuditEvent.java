package dev.hardening.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says who did what to what, from where, how it ended and why.
 *
 * <p>Values may come from a stranger as they are: the log redacts, escapes and cuts them when it takes the event, before
 * anything is queued. Who and how it ended are mandatory. Immutable; its {@code toString} shows type and outcome only.
 */
public final class AuditEvent {
    private static final Pattern DETAIL_KEY = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");

    private final EventType type;
    private final Actor actor;
    private final Outcome outcome;
    private final Optional<Actor> onBehalfOf;
    private final Optional<Source> source;
    private final Optional<Target> target;
    private final Optional<Instant> time;
    private final Map<String, String> texts;
    private final Map<String, Object> details;

    private AuditEvent(Builder from, Actor actor, Outcome outcome) {
        this.type = from.type;
        this.actor = actor;
        this.outcome = outcome;
        this.onBehalfOf = Optional.ofNullable(from.onBehalfOf);
        this.source = Optional.ofNullable(from.source);
        this.target = Optional.ofNullable(from.target);
        this.time = Optional.ofNullable(from.time);
        this.texts = Map.copyOf(from.texts);
        this.details = Collections.unmodifiableMap(new LinkedHashMap<>(from.details));
    }

    /**
     * Starts an event.
     *
     * @param type what kind it is
     * @return a builder, for one thread
     */
    public static Builder of(EventType type) {
        return new Builder(type);
    }

    /**
     * Reads what kind it is.
     *
     * @return the type
     */
    public EventType type() {
        return type;
    }

    /**
     * Reads who did it.
     *
     * @return the actor
     */
    public Actor actor() {
        return actor;
    }

    /**
     * Reads how it ended.
     *
     * @return the outcome
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * Reads whose identity the actor had taken on.
     *
     * @return the person acted for, if any
     */
    public Optional<Actor> onBehalfOf() {
        return onBehalfOf;
    }

    /**
     * Reads where it came from.
     *
     * @return the source, if any
     */
    public Optional<Source> source() {
        return source;
    }

    /**
     * Reads what it was done to.
     *
     * @return the target, if any
     */
    public Optional<Target> target() {
        return target;
    }

    /**
     * Reads when it happened.
     *
     * @return the instant, or empty for the moment at which the log takes it
     */
    public Optional<Instant> time() {
        return time;
    }

    /**
     * Reads the school it belongs to.
     *
     * @return the tenant, if any
     */
    public Optional<String> tenant() {
        return text("tenant");
    }

    /**
     * Reads what was done, where the type does not say enough.
     *
     * @return the action, if any
     */
    public Optional<String> action() {
        return text("action");
    }

    /**
     * Reads why it was done or why it ended as it did.
     *
     * @return the reason, if any
     */
    public Optional<String> reason() {
        return text("reason");
    }

    /**
     * Reads the identifier of the distributed trace.
     *
     * @return the trace identifier, if any
     */
    public Optional<String> traceId() {
        return text("traceId");
    }

    /**
     * Reads the identifier of the request.
     *
     * @return the request identifier, if any
     */
    public Optional<String> requestId() {
        return text("requestId");
    }

    /**
     * Reads the details in the order in which they were added.
     *
     * @return values that are {@code String} or {@code Long}, unmodifiable
     */
    public Map<String, Object> details() {
        return details;
    }

    /**
     * Prints type and outcome, and nothing that could be personal.
     *
     * @return such as {@code AuditEvent[authz_fail DENIED]}
     */
    @Override
    public String toString() {
        return "AuditEvent[" + type + ' ' + outcome + ']';
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(texts.get(key));
    }

    /** Collects an event; not safe for many threads. */
    public static final class Builder {
        private final EventType type;
        private final Map<String, String> texts = new LinkedHashMap<>();
        private final Map<String, Object> details = new LinkedHashMap<>();
        private @Nullable Actor actor;
        private @Nullable Outcome outcome;
        private @Nullable Actor onBehalfOf;
        private @Nullable Source source;
        private @Nullable Target target;
        private @Nullable Instant time;

        private Builder(EventType type) {
            this.type = Objects.requireNonNull(type, "type");
        }

        /**
         * Says who did it; mandatory.
         *
         * @param value the one whose credentials were used
         * @return this
         */
        public Builder actor(Actor value) {
            actor = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says how it ended; mandatory.
         *
         * @param value the outcome
         * @return this
         */
        public Builder outcome(Outcome value) {
            outcome = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says whose identity the actor had taken on ("log in as"), so that both stand in the log.
         *
         * @param value the person acted for
         * @return this
         */
        public Builder onBehalfOf(Actor value) {
            onBehalfOf = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says where it came from.
         *
         * @param value the source
         * @return this
         */
        public Builder source(Source value) {
            source = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says what it was done to.
         *
         * @param value the target
         * @return this
         */
        public Builder target(Target value) {
            target = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says when it happened; without it, it happens when the log takes it.
         *
         * @param value the instant
         * @return this
         */
        public Builder time(Instant value) {
            time = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says to which school it belongs.
         *
         * @param value the tenant's identifier
         * @return this
         */
        public Builder tenant(String value) {
            return text("tenant", value);
        }

        /**
         * Says what was done, where the type does not say enough.
         *
         * @param value such as {@code GET /api/courses/{id}}
         * @return this
         */
        public Builder action(String value) {
            return text("action", value);
        }

        /**
         * Says why it was done or why it ended as it did.
         *
         * @param value a sentence or a code
         * @return this
         */
        public Builder reason(String value) {
            return text("reason", value);
        }

        /**
         * Ties it to a distributed trace.
         *
         * @param value the trace-id of the W3C {@code traceparent}
         * @return this
         */
        public Builder traceId(String value) {
            return text("traceId", value);
        }

        /**
         * Ties it to a request.
         *
         * @param value the identifier that was echoed to the caller
         * @return this
         */
        public Builder requestId(String value) {
            return text("requestId", value);
        }

        /**
         * Adds a detail; the same key again replaces the value. The log keeps the first 64.
         *
         * @param key a constant of the code: a letter, then up to 63 of letters, digits, {@code _ . -}
         * @param value anything; cut at 4,096 characters
         * @return this
         * @throws IllegalArgumentException if the key has another form
         */
        public Builder detail(String key, String value) {
            details.put(checked(key), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Adds a number; outside plus and minus 2^53-1 it is stored as text, so that no reader rounds it.
         *
         * @param key as for a text
         * @param value the number
         * @return this
         * @throws IllegalArgumentException if the key has another form
         */
        public Builder detail(String key, long value) {
            details.put(checked(key), value);
            return this;
        }

        /**
         * Makes the event.
         *
         * @return the event
         * @throws IllegalStateException if actor or outcome is missing
         */
        public AuditEvent build() {
            List<String> missing = new ArrayList<>();
            if (actor == null) {
                missing.add("actor");
            }
            if (outcome == null) {
                missing.add("outcome");
            }
            if (actor == null || outcome == null) {
                throw new IllegalStateException("event " + type + " lacks " + String.join(" and ", missing));
            }
            return new AuditEvent(this, actor, outcome);
        }

        private Builder text(String key, String value) {
            texts.put(key, Objects.requireNonNull(value, "value"));
            return this;
        }

        private static String checked(String key) {
            if (!DETAIL_KEY.matcher(Objects.requireNonNull(key, "key")).matches()) {
                throw new IllegalArgumentException("key must match " + DETAIL_KEY + ", got " + key);
            }
            return key;
        }
    }
}

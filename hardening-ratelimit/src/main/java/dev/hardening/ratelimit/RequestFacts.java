package dev.hardening.ratelimit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells a limiter what it may count by, whatever the server is called.
 *
 * <p>User and tenant must be what authentication has proven, never what a header claims; the client address must come
 * from {@link ClientIpResolver}; the route is a template of the application, never a raw path.
 */
public interface RequestFacts {
    /**
     * The user that authentication has proven.
     *
     * @return the id, or empty before the login
     */
    default Optional<String> userId() {
        return Optional.empty();
    }

    /**
     * The tenant that authentication has proven.
     *
     * @return the id, or empty
     */
    default Optional<String> tenantId() {
        return Optional.empty();
    }

    /**
     * The API key that authentication has proven; never printed, and never stored but as {@link Keys#apiKey} makes it.
     *
     * @return the key itself, or empty
     */
    default Optional<String> apiKey() {
        return Optional.empty();
    }

    /**
     * The address of the client.
     *
     * @return an IPv4 or IPv6 literal, or empty
     */
    default Optional<String> clientAddress() {
        return Optional.empty();
    }

    /**
     * The route template, for example {@code /api/courses/*}.
     *
     * @return the template, or empty
     */
    default Optional<String> route() {
        return Optional.empty();
    }

    /**
     * Something else to count by.
     *
     * @param name as given to {@link Keys#attribute}
     * @return the value, or empty
     */
    default Optional<String> attribute(String name) {
        return Optional.empty();
    }

    /**
     * Starts facts that know nothing.
     *
     * @return a builder for one thread
     */
    static Builder builder() {
        return new Builder();
    }

    /** Collects facts; not for several threads. */
    final class Builder {
        private Optional<String> userId = Optional.empty();
        private Optional<String> tenantId = Optional.empty();
        private Optional<String> apiKey = Optional.empty();
        private Optional<String> clientAddress = Optional.empty();
        private Optional<String> route = Optional.empty();
        private final Map<String, String> attributes = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the proven user.
         *
         * @param id the user's id
         * @return this builder
         */
        public Builder userId(String id) {
            userId = Optional.of(id);
            return this;
        }

        /**
         * Sets the proven tenant.
         *
         * @param id the tenant's id
         * @return this builder
         */
        public Builder tenantId(String id) {
            tenantId = Optional.of(id);
            return this;
        }

        /**
         * Sets the proven API key.
         *
         * @param key the key itself; it leaves the facts through {@link Keys#apiKey} alone
         * @return this builder
         */
        public Builder apiKey(String key) {
            apiKey = Optional.of(key);
            return this;
        }

        /**
         * Sets the client's address.
         *
         * @param literal as {@link ClientIpResolver} returns it
         * @return this builder
         */
        public Builder clientAddress(String literal) {
            clientAddress = Optional.of(literal);
            return this;
        }

        /**
         * Sets the route template.
         *
         * @param template of the application, never the raw path
         * @return this builder
         */
        public Builder route(String template) {
            route = Optional.of(template);
            return this;
        }

        /**
         * Adds something else to count by.
         *
         * @param name as given to {@link Keys#attribute}
         * @param value in its canonical form
         * @return this builder
         */
        public Builder attribute(String name, String value) {
            attributes.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Makes the facts.
         *
         * @return immutable facts
         */
        public RequestFacts build() {
            return new Facts(userId, tenantId, apiKey, clientAddress, route, Map.copyOf(attributes));
        }
    }
}

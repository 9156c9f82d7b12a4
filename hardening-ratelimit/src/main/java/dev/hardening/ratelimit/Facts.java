package dev.hardening.ratelimit;

import java.util.Map;
import java.util.Optional;

/** What {@link RequestFacts.Builder} makes. */
record Facts(
        Optional<String> userId,
        Optional<String> tenantId,
        Optional<String> apiKey,
        Optional<String> clientAddress,
        Optional<String> route,
        Map<String, String> attributes)
        implements RequestFacts {
    @Override
    public Optional<String> attribute(String name) {
        return Optional.ofNullable(attributes.get(name));
    }

    @Override
    public String toString() {
        return "RequestFacts[****]";
    }
}

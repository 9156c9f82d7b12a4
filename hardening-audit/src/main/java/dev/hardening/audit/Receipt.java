package dev.hardening.audit;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * Proves to the caller that an event is on the disk, and says where.
 *
 * @param origin the log's name
 * @param index the position in the log, from 0, without holes
 * @param id the identifier of the event, a UUID of version 7
 * @param at when the log took it (field {@code lt})
 */
public record Receipt(String origin, long index, UUID id, Instant at) {
    /**
     * Checks that nothing is missing.
     *
     * @param origin the log's name
     * @param index the position in the log, from 0, without holes
     * @param id the identifier of the event, a UUID of version 7
     * @param at when the log took it (field {@code lt})
     */
    public Receipt {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(at, "at");
    }
}

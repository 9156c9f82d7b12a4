package dev.hardening.audit;

import java.util.Objects;

/**
 * Names what it was done to.
 *
 * @param type the sort of thing, such as {@code course}
 * @param id its identifier; may be whatever a stranger sent, the log makes it safe
 */
public record Target(String type, String id) {
    /**
     * Checks that nothing is missing.
     *
     * @param type the sort of thing, such as {@code course}
     * @param id its identifier; may be whatever a stranger sent, the log makes it safe
     */
    public Target {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(id, "id");
    }

    /**
     * Names a thing.
     *
     * @param type the sort of thing
     * @param id its identifier
     * @return the target
     */
    public static Target of(String type, String id) {
        return new Target(type, id);
    }
}

package dev.hardening.audit;

import java.util.Objects;

/**
 * Names who did it; the identifier is the one of the service, never a name or an address of a person.
 *
 * @param kind what sort of actor
 * @param id the identifier; may be whatever a stranger sent, the log makes it safe
 */
public record Actor(Kind kind, String id) {
    /** The sorts of actors. */
    public enum Kind {
        /** A person with an account. */
        USER,
        /** Another program with credentials of its own. */
        SERVICE,
        /** This service itself. */
        SYSTEM,
        /** Nobody known. */
        ANONYMOUS
    }

    /**
     * Checks that nothing is missing.
     *
     * @param kind what sort of actor
     * @param id the identifier; may be whatever a stranger sent, the log makes it safe
     */
    public Actor {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(id, "id");
    }

    /**
     * Names a person with an account.
     *
     * @param id the account's identifier
     * @return the actor
     */
    public static Actor user(String id) {
        return new Actor(Kind.USER, id);
    }

    /**
     * Names another program.
     *
     * @param id its client identifier or the identifier of its key
     * @return the actor
     */
    public static Actor service(String id) {
        return new Actor(Kind.SERVICE, id);
    }

    /**
     * Names a part of this service.
     *
     * @param id the part, such as {@code scheduler}
     * @return the actor
     */
    public static Actor system(String id) {
        return new Actor(Kind.SYSTEM, id);
    }

    /**
     * Stands for whoever has not proven who they are.
     *
     * @return the actor without an identifier
     */
    public static Actor anonymous() {
        return new Actor(Kind.ANONYMOUS, "");
    }
}

package dev.hardening.auth.account;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is known of one person in one tenant; the password is not part of it.
 *
 * @param tenant the school
 * @param id never changes once the address is proved
 * @param email unique in its tenant, whatever its case
 * @param name what to call the person; see {@link #acceptsName}
 * @param state whether a login is possible
 * @param roles what the person may do, coarsely
 * @param createdAt when the account was first registered
 * @param credentialVersion grows whenever the password is replaced; links sent for an older one are dead
 */
public record Account(
        TenantId tenant,
        UserId id,
        EmailAddress email,
        String name,
        State state,
        Set<Role> roles,
        Instant createdAt,
        long credentialVersion) {
    private static final int LONGEST_NAME = 100;

    /**
     * Checks the name and copies the roles.
     *
     * @param tenant the school
     * @param id never changes once the address is proved
     * @param email unique in its tenant, whatever its case
     * @param name what to call the person; see {@link #acceptsName}
     * @param state whether a login is possible
     * @param roles what the person may do, coarsely
     * @param createdAt when the account was first registered
     * @param credentialVersion grows whenever the password is replaced; links sent for an older one are dead
     * @throws IllegalArgumentException if {@link #acceptsName} refuses the name
     */
    public Account {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(email, "email");
        requireName(name);
        Objects.requireNonNull(state, "state");
        roles = Set.copyOf(roles);
        Objects.requireNonNull(createdAt, "createdAt");
    }

    /**
     * Tells whether a string may be the name of a person: 1 to 100 code points, all of them assigned, none a control
     * character, a line break or a switch of the direction of writing, and neither beginning nor ending with white space.
     *
     * @param candidate what came in
     * @return whether it may be shown and mailed as it is
     */
    public static boolean acceptsName(String candidate) {
        return !candidate.isEmpty()
                && candidate.length() <= 2 * LONGEST_NAME
                && candidate.codePointCount(0, candidate.length()) <= LONGEST_NAME
                && candidate.equals(candidate.strip())
                && candidate.codePoints().allMatch(Account::printable);
    }

    /** Takes the name, or the local part of the address where none was given. */
    static String nameOr(String name, EmailAddress email) {
        String local = email.canonical().substring(0, email.canonical().lastIndexOf('@'));
        return name.isEmpty() ? local : requireName(name);
    }

    static String requireName(String name) {
        if (!acceptsName(name)) {
            throw new IllegalArgumentException("a name is 1 to " + LONGEST_NAME + " printable characters, got "
                    + name.length() + " of another form");
        }
        return name;
    }

    private static boolean printable(int point) {
        int type = Character.getType(point);
        return Character.isDefined(point)
                && type != Character.CONTROL
                && type != Character.SURROGATE
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR
                && !turnsText(point);
    }

    /** Embeddings, overrides and isolates let a name turn the text around it, in a mail as in a list of names. */
    private static boolean turnsText(int point) {
        return (point >= '\u202A' && point <= '\u202E') || (point >= '\u2066' && point <= '\u2069');
    }

    /**
     * What may be known without the address.
     *
     * @return the same account without address, name and time
     */
    public Standing standing() {
        return new Standing(tenant, id, state, roles, credentialVersion);
    }

    /**
     * What is known of an account whose address nobody has read.
     *
     * @param tenant the school
     * @param id never changes once the address is proved
     * @param state whether a login is possible
     * @param roles what the person may do, coarsely
     * @param credentialVersion grows whenever the password is replaced
     */
    public record Standing(TenantId tenant, UserId id, State state, Set<Role> roles, long credentialVersion) {
        /**
         * Copies the roles.
         *
         * @param tenant the school
         * @param id never changes once the address is proved
         * @param state whether a login is possible
         * @param roles what the person may do, coarsely
         * @param credentialVersion grows whenever the password is replaced
         */
        public Standing {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(state, "state");
            roles = Set.copyOf(roles);
        }
    }

    /** Whether a login is possible. */
    public enum State {
        /** Registered, but the address is not proved; no login, and anyone may register it again. */
        UNVERIFIED,
        /** Good for a login. */
        ACTIVE,
        /** Shut by an administrator. */
        DISABLED
    }

    /**
     * What a person may do, by name alone; what a name permits is decided elsewhere.
     *
     * @param name lower-case letters, digits and {@code -}, beginning with a letter, at most 32 characters
     */
    public record Role(String name) {
        private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9-]{0,31}");

        /** May do everything in its tenant. */
        public static final Role ADMIN = new Role("admin");

        /** May make courses and lead them. */
        public static final Role INSTRUCTOR = new Role("instructor");

        /** May take part; what a new account is. */
        public static final Role STUDENT = new Role("student");

        /**
         * Checks the form.
         *
         * @param name lower-case letters, digits and {@code -}, beginning with a letter, at most 32 characters
         * @throws IllegalArgumentException if {@code name} has another form
         */
        public Role {
            Objects.requireNonNull(name, "name");
            if (!FORM.matcher(name).matches()) {
                throw new IllegalArgumentException("a role is 1 to 32 of a-z 0-9 -, got another form");
            }
        }

        /**
         * Returns the bare name.
         *
         * @return {@link #name()}
         */
        @Override
        public String toString() {
            return name;
        }
    }
}

package dev.hardening.examples.lms.school;

import dev.hardening.secrets.Secret;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The domain of the service, one instance a process.
 *
 * <p>Every call is one transaction on the data source and blocks on the database, at most as long as the pool and its
 * timeouts allow. Safe for many threads.
 */
public final class School {
    private final Tenants tenants;
    private final Courses courses;
    private final Submissions submissions;

    private School(Builder builder) {
        DataSource source = required(builder.dataSource, "dataSource");
        Secret key = required(builder.cursorKey, "cursorKey");
        Roles roles = required(builder.roles, "roles");
        SecureRandom random = builder.random.orElseGet(SecureRandom::new);
        Clock clock = builder.clock;
        Tenancy tenancy = Tenancy.open(source);
        OpaqueIds ids = new OpaqueIds(random);
        Cursors cursors = new Cursors(key, builder.previousCursorKey);
        tenants = new Tenants(tenancy, roles, clock);
        courses = new Courses(tenancy, roles, cursors, ids, clock);
        submissions = new Submissions(tenancy, roles, cursors, ids, clock);
    }

    /** Starts a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** The schools. */
    public Tenants tenants() {
        return tenants;
    }

    /** Courses and enrolments. */
    public Courses courses() {
        return courses;
    }

    /** Work and grades. */
    public Submissions submissions() {
        return submissions;
    }

    private static <T> T required(Optional<T> value, String name) {
        return value.orElseThrow(() -> new IllegalStateException(name + " is missing"));
    }

    /** Settings of the domain; not safe for many threads. */
    public static final class Builder {
        private Optional<DataSource> dataSource = Optional.empty();
        private Optional<Secret> cursorKey = Optional.empty();
        private Optional<Secret> previousCursorKey = Optional.empty();
        private Optional<Roles> roles = Optional.empty();
        private Optional<SecureRandom> random = Optional.empty();
        private Clock clock = Clock.systemUTC();

        private Builder() {}

        /** The database with the schema {@code lms}; required. */
        public Builder dataSource(DataSource value) {
            dataSource = Optional.of(value);
            return this;
        }

        /** The key of the cursors' MAC, the same in all processes of an installation; required. */
        public Builder cursorKey(Secret value) {
            cursorKey = Optional.of(value);
            return this;
        }

        /** The key before a rotation, whose cursors still count; none if not called. */
        public Builder previousCursorKey(Secret value) {
            previousCursorKey = Optional.of(value);
            return this;
        }

        /** Who is what in a school; required. */
        public Builder roles(Roles value) {
            roles = Optional.of(value);
            return this;
        }

        /** The source of ids; a new one if not called. */
        public Builder random(SecureRandom value) {
            random = Optional.of(value);
            return this;
        }

        /** The wall clock; the system's if not called. */
        public Builder clock(Clock value) {
            clock = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Opens the domain.
         *
         * @throws IllegalStateException if something required is missing, or if the database would not enforce
         *     row-level security on this role
         */
        public School build() {
            return new School(this);
        }
    }
}

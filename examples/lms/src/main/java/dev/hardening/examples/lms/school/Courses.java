package dev.hardening.examples.lms.school;

import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Cursors.Position;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Courses and who is in them.
 *
 * <p>Someone knows a course who is enrolled in it or runs the school; for everyone else it does not exist.
 */
public final class Courses {
    private static final String VISIBLE =
            "SELECT c.id, c.title, c.created_at FROM lms.courses c WHERE c.tenant = ? AND (c.created_at, c.id) > (?, ?)"
                    + " AND (? OR EXISTS (SELECT FROM lms.enrolments e WHERE e.tenant = c.tenant AND e.course = c.id"
                    + " AND e.user_id = ?)) ORDER BY c.created_at, c.id LIMIT ?";

    /**
     * What became of an enrolment.
     *
     * @param enrolment as it stands now
     * @param anew whether it was made by this call and not before
     */
    public record Enrolled(Enrolment enrolment, boolean anew) {}

    private final Tenancy tenancy;
    private final Roles roles;
    private final Cursors cursors;
    private final OpaqueIds ids;
    private final Clock clock;

    Courses(Tenancy tenancy, Roles roles, Cursors cursors, OpaqueIds ids, Clock clock) {
        this.tenancy = tenancy;
        this.roles = roles;
        this.cursors = cursors;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Creates a course; its creator becomes its instructor.
     *
     * @return the course, or {@link Refusal#FORBIDDEN} to a student
     */
    public Outcome<Course> create(Member actor, String title) {
        if (!roles.of(actor).createsCourses()) {
            return Outcome.refused(Refusal.FORBIDDEN);
        }
        return tenancy.in(actor.tenant(), connection -> {
            Course course = new Course(ids.next(), title);
            Sql.update(
                    connection,
                    "INSERT INTO lms.courses (tenant, id, title, created_by, created_at) VALUES (?, ?, ?, ?, ?)",
                    actor.tenant().value(),
                    course.id(),
                    title,
                    actor.user().value(),
                    now());
            insert(connection, actor, new Enrolment(course.id(), actor.user(), CourseRole.INSTRUCTOR));
            return Outcome.done(course);
        });
    }

    /** Lists what the caller may know, oldest first, or answers {@link Refusal#BAD_CURSOR}. */
    public Outcome<Page<Course>> visible(Member actor, PageRequest request) {
        String scope = "courses " + actor.tenant() + " " + actor.user();
        Optional<Position> start =
                request.cursor().map(cursor -> cursors.decode(scope, cursor)).orElse(Optional.of(Position.START));
        if (start.isEmpty()) {
            return Outcome.refused(Refusal.BAD_CURSOR);
        }
        boolean all = roles.of(actor) == TenantRole.ADMIN;
        List<Listed<Course>> found = tenancy.in(
                actor.tenant(),
                connection -> Sql.list(
                        connection,
                        Courses::listed,
                        VISIBLE,
                        actor.tenant().value(),
                        start.get().time(),
                        start.get().id(),
                        all,
                        actor.user().value(),
                        request.size() + 1));
        return Outcome.done(Listed.page(found, request.size(), position -> cursors.encode(scope, position)));
    }

    /** Finds a course that the caller may know, or answers {@link Refusal#UNKNOWN}. */
    public Outcome<Course> find(Member actor, String id) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(actor.tenant(), connection -> {
            Standing standing = Standing.of(connection, caller, id);
            return standing.knows()
                    ? title(connection, actor, id)
                            .map(title -> Outcome.done(new Course(id, title)))
                            .orElse(Outcome.refused(Refusal.UNKNOWN))
                    : Outcome.refused(Refusal.UNKNOWN);
        });
    }

    /**
     * Enrols someone; doing it again with the same role changes nothing.
     *
     * @param user an account of the same tenant; the caller has checked that it exists
     * @return the enrolment and whether it was made now, {@link Refusal#UNKNOWN}, {@link Refusal#FORBIDDEN}, or {@link Refusal#CONFLICT} if he is
     *     enrolled with another role
     */
    public Outcome<Enrolled> enrol(Member actor, String course, UserId user, CourseRole role) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(actor.tenant(), connection -> {
            Optional<Refusal> refusal = Standing.of(connection, caller, course).refusal(Standing::enrols);
            if (refusal.isPresent()) {
                return Outcome.refused(refusal.get());
            }
            Enrolment wanted = new Enrolment(course, user, role);
            boolean anew = insert(connection, actor, wanted);
            return courseRole(connection, new Member(actor.tenant(), user), course)
                    .filter(role::equals)
                    .map(same -> Outcome.done(new Enrolled(wanted, anew)))
                    .orElse(Outcome.refused(Refusal.CONFLICT));
        });
    }

    /** Whether the caller may enrol others, to be asked before an account is looked up for him. */
    public Optional<Refusal> mayEnrol(Member actor, String course) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(
                actor.tenant(),
                connection -> Standing.of(connection, caller, course).refusal(Standing::enrols));
    }

    static Optional<CourseRole> courseRole(Connection connection, Member member, String course) throws SQLException {
        return Sql.first(
                connection,
                row -> CourseRole.valueOf(row.getString(1).toUpperCase(Locale.ROOT)),
                "SELECT role FROM lms.enrolments WHERE tenant = ? AND course = ? AND user_id = ?",
                member.tenant().value(),
                course,
                member.user().value());
    }

    static Optional<String> title(Connection connection, Member actor, String course) throws SQLException {
        return Sql.first(
                connection,
                row -> row.getString(1),
                "SELECT title FROM lms.courses WHERE tenant = ? AND id = ?",
                actor.tenant().value(),
                course);
    }

    private boolean insert(Connection connection, Member actor, Enrolment enrolment) throws SQLException {
        int made = Sql.update(
                connection,
                "INSERT INTO lms.enrolments (tenant, course, user_id, role, enrolled_by, enrolled_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                actor.tenant().value(),
                enrolment.course(),
                enrolment.user().value(),
                enrolment.role().word(),
                actor.user().value(),
                now());
        return made > 0;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Listed<Course> listed(ResultSet row) throws SQLException {
        Position position = new Position(row.getTimestamp(3).toInstant(), row.getString(1));
        return new Listed<>(new Course(row.getString(1), row.getString(2)), position);
    }
}

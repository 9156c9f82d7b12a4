package dev.hardening.examples.lms.school;

import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Cursors.Position;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Work that was handed in, and its grades. */
public final class Submissions {
    private static final String COLUMNS =
            "SELECT s.id, s.course, s.user_id, s.body, s.created_at, g.points, g.mark, g.reason, g.graded_by"
                    + " FROM lms.submissions s LEFT JOIN lms.grades g ON g.tenant = s.tenant AND g.submission = s.id"
                    + " WHERE s.tenant = ? AND s.course = ? ";
    private static final String LIST =
            COLUMNS + "AND (s.created_at, s.id) > (?, ?) AND (? OR s.user_id = ?) ORDER BY s.created_at, s.id LIMIT ?";
    private static final String ONE = COLUMNS + "AND s.id = ? FOR UPDATE OF s";

    private final Tenancy tenancy;
    private final Roles roles;
    private final Cursors cursors;
    private final OpaqueIds ids;
    private final Clock clock;

    Submissions(Tenancy tenancy, Roles roles, Cursors cursors, OpaqueIds ids, Clock clock) {
        this.tenancy = tenancy;
        this.roles = roles;
        this.cursors = cursors;
        this.ids = ids;
        this.clock = clock;
    }

    /** Hands work in; only for a student of the course. */
    public Outcome<Submission> submit(Member actor, String course, String text) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(actor.tenant(), connection -> {
            Optional<Refusal> refusal = Standing.of(connection, caller, course).refusal(Standing::submits);
            if (refusal.isPresent()) {
                return Outcome.refused(refusal.get());
            }
            Submission submission = new Submission(ids.next(), course, actor.user(), text, Optional.empty());
            Sql.update(
                    connection,
                    "INSERT INTO lms.submissions (tenant, id, course, user_id, body, created_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    actor.tenant().value(),
                    submission.id(),
                    course,
                    actor.user().value(),
                    text,
                    clock.instant().truncatedTo(ChronoUnit.MICROS));
            return Outcome.done(submission);
        });
    }

    /** Lists work, oldest first: students see their own, instructors and administrators all. */
    public Outcome<Page<Submission>> list(Member actor, String course, PageRequest request) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(actor.tenant(), connection -> {
            Standing standing = Standing.of(connection, caller, course);
            if (!standing.knows()) {
                return Outcome.refused(Refusal.UNKNOWN);
            }
            String scope = "submissions " + actor.tenant() + " " + actor.user() + " " + course;
            Optional<Position> start = request.cursor()
                    .map(cursor -> cursors.decode(scope, cursor))
                    .orElse(Optional.of(Position.START));
            if (start.isEmpty()) {
                return Outcome.refused(Refusal.BAD_CURSOR);
            }
            List<Listed<Submission>> found = Sql.list(
                    connection,
                    Submissions::listed,
                    LIST,
                    actor.tenant().value(),
                    course,
                    start.get().time(),
                    start.get().id(),
                    standing.seesAllWork(),
                    actor.user().value(),
                    request.size() + 1);
            return Outcome.done(Listed.page(found, request.size(), position -> cursors.encode(scope, position)));
        });
    }

    /**
     * Grades work, anew if need be; only for an instructor of the course.
     *
     * <p>The work is locked from the check to the commit, so two graders come one after the other. {@code beforeCommit}
     * is called last within the transaction; if it throws, no grade is given.
     *
     * @param beforeCommit makes the change durable in the audit log; gets the work with the grade it had before and the
     *     grade it is about to have
     */
    public Outcome<Submission> grade(Member actor, Work work, Submission.Graded grade, Consumer<Change> beforeCommit) {
        Caller caller = Caller.of(actor, roles);
        return tenancy.in(actor.tenant(), connection -> {
            Optional<Refusal> refusal =
                    Standing.of(connection, caller, work.course()).refusal(Standing::grades);
            if (refusal.isPresent()) {
                return Outcome.refused(refusal.get());
            }
            Optional<Submission> before = Sql.first(
                    connection, Submissions::submission, ONE, actor.tenant().value(), work.course(), work.submission());
            if (before.isEmpty()) {
                return Outcome.refused(Refusal.UNKNOWN);
            }
            store(connection, actor, work, grade);
            beforeCommit.accept(new Change(before.get(), grade));
            return Outcome.done(graded(before.get(), grade));
        });
    }

    private void store(Connection connection, Member actor, Work work, Submission.Graded grade) throws SQLException {
        Sql.update(
                connection,
                "INSERT INTO lms.grades (tenant, course, submission, points, mark, reason, graded_by, graded_at)"
                        + " VALUES (?, ?, ?, CAST(? AS numeric), CAST(? AS text), ?, ?, ?)"
                        + " ON CONFLICT (tenant, submission) DO UPDATE SET points = excluded.points,"
                        + " mark = excluded.mark, reason = excluded.reason, graded_by = excluded.graded_by,"
                        + " graded_at = excluded.graded_at",
                actor.tenant().value(),
                work.course(),
                work.submission(),
                grade.grade().<@Nullable String>fold(points -> points.toPlainString(), mark -> null),
                grade.grade().<@Nullable String>fold(points -> null, mark -> mark),
                grade.reason(),
                grade.by().value(),
                clock.instant());
    }

    private static Submission graded(Submission work, Submission.Graded grade) {
        return new Submission(work.id(), work.course(), work.user(), work.text(), Optional.of(grade));
    }

    private static Listed<Submission> listed(ResultSet row) throws SQLException {
        return new Listed<>(submission(row), new Position(row.getTimestamp(5).toInstant(), row.getString(1)));
    }

    private static Submission submission(ResultSet row) throws SQLException {
        return new Submission(
                row.getString(1), row.getString(2), new UserId(row.getString(3)), row.getString(4), grade(row));
    }

    private static Optional<Submission.Graded> grade(ResultSet row) throws SQLException {
        String by = row.getString(9);
        if (by == null) {
            return Optional.empty();
        }
        String mark = row.getString(7);
        Grade grade = mark == null ? new Grade.Points(row.getBigDecimal(6).stripTrailingZeros()) : new Grade.Mark(mark);
        return Optional.of(new Submission.Graded(grade, row.getString(8), new UserId(by)));
    }

    /**
     * Which work is meant.
     *
     * @param course where it was handed in
     * @param submission which
     */
    public record Work(String course, String submission) {}

    /**
     * A grade that is about to be given.
     *
     * @param before the work with the grade it had
     * @param after the grade it gets
     */
    public record Change(Submission before, Submission.Graded after) {}
}

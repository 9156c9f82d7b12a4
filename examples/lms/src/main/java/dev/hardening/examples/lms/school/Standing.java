package dev.hardening.examples.lms.school;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What someone is to one course: the rule book of who may do what with it.
 *
 * @param exists whether the tenant has such a course
 * @param admin whether he runs the school
 * @param role what he is in the course; empty if he is not enrolled
 */
record Standing(boolean exists, boolean admin, Optional<CourseRole> role) {
    static Standing of(Connection connection, Caller caller, String course) throws SQLException {
        return new Standing(
                Courses.title(connection, caller.member(), course).isPresent(),
                caller.role() == TenantRole.ADMIN,
                Courses.courseRole(connection, caller.member(), course));
    }

    boolean knows() {
        return exists && (admin || role.isPresent());
    }

    boolean enrols() {
        return admin || grades();
    }

    boolean submits() {
        return role.filter(CourseRole.STUDENT::equals).isPresent();
    }

    boolean seesAllWork() {
        return admin || grades();
    }

    boolean grades() {
        return role.filter(CourseRole.INSTRUCTOR::equals).isPresent();
    }

    /** Why an act is refused; empty if it is not. Who may not know the course is told that there is none. */
    Optional<Refusal> refusal(Predicate<Standing> allowed) {
        if (!knows()) {
            return Optional.of(Refusal.UNKNOWN);
        }
        return allowed.test(this) ? Optional.empty() : Optional.of(Refusal.FORBIDDEN);
    }
}

package dev.hardening.examples.lms.api;

import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Course;
import dev.hardening.examples.lms.school.CourseRole;
import dev.hardening.examples.lms.school.Courses;
import dev.hardening.examples.lms.school.Enrolment;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.JsonWriter;
import dev.hardening.examples.lms.web.Router;
import java.util.Map;
import java.util.Optional;

/** Courses and enrolments over HTTP. */
final class CourseHandlers {
    private final Desk desk;
    private final Courses courses;
    private final AuthCalls auth;
    private final AuditTrail audit;

    CourseHandlers(Desk desk, Courses courses, AuthCalls auth, AuditTrail audit) {
        this.desk = desk;
        this.courses = courses;
        this.auth = auth;
        this.audit = audit;
    }

    Router routes() {
        return Router.builder()
                .route("GET", "/api/courses", desk.member(this::list))
                .route("POST", "/api/courses", desk.member(this::create))
                .route("GET", "/api/courses/{id}", desk.member(this::find))
                .route("POST", "/api/courses/{id}/enrolments", desk.member(this::enrol))
                .build();
    }

    private Answer list(Exchange exchange, Member caller) {
        return Desk.list(Desk.value(courses.visible(caller, Desk.pageRequest(exchange))), CourseHandlers::write);
    }

    private Answer create(Exchange exchange, Member caller) {
        String title = exchange.json(fields -> fields.text("title"));
        new Rules().line("title", title, Rules.MAX_TITLE).orRefuse();
        Course course = Desk.value(courses.create(caller, title));
        audit.record(
                new SchoolEvent(SchoolEvent.Kind.COURSE_CREATED, caller, course.id(), Map.of(), desk.client(exchange)));
        return Answer.json(201, json -> write(json, course));
    }

    private Answer find(Exchange exchange, Member caller) {
        Course course = Desk.value(courses.find(caller, exchange.parameter("id")));
        return Answer.json(200, json -> write(json, course));
    }

    /** Right and course come before the account, so that only who may enrol learns whether an account exists. */
    private Answer enrol(Exchange exchange, Member caller) {
        EnrolBody body = exchange.json(fields -> new EnrolBody(fields.text("userId"), fields.text("role")));
        String course = exchange.parameter("id");
        courses.mayEnrol(caller, course).ifPresent(refusal -> {
            throw Desk.problem(refusal);
        });
        Optional<CourseRole> role = CourseRole.of(body.role());
        Optional<Member> user = Optional.of(body.userId())
                .filter(UserId::accepts)
                .map(id -> new Member(caller.tenant(), new UserId(id)))
                .filter(auth::isActive);
        new Rules()
                .check(user.isPresent(), "userId", "a-user-of-this-school")
                .check(role.isPresent(), "role", "student-or-instructor")
                .orRefuse();
        Courses.Enrolled made =
                Desk.value(courses.enrol(caller, course, user.orElseThrow().user(), role.orElseThrow()));
        Enrolment enrolment = made.enrolment();
        if (made.anew()) {
            Map<String, String> details = Map.of(
                    "user", enrolment.user().value(), "role", enrolment.role().word());
            audit.record(new SchoolEvent(SchoolEvent.Kind.ENROLLED, caller, course, details, desk.client(exchange)));
        }
        return Answer.json(
                201,
                json -> json.text("courseId", course)
                        .text("userId", enrolment.user().value())
                        .text("role", enrolment.role().word()));
    }

    private static void write(JsonWriter json, Course course) {
        json.text("id", course.id()).text("title", course.title());
    }

    private record EnrolBody(String userId, String role) {}
}

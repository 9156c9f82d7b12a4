package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Grade;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.Submission;
import dev.hardening.examples.lms.school.Submissions;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.JsonFields;
import dev.hardening.examples.lms.web.JsonWriter;
import dev.hardening.examples.lms.web.Router;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Work and grades over HTTP. */
final class SubmissionHandlers {
    private final Desk desk;
    private final Submissions submissions;
    private final AuditTrail audit;

    SubmissionHandlers(Desk desk, Submissions submissions, AuditTrail audit) {
        this.desk = desk;
        this.submissions = submissions;
        this.audit = audit;
    }

    Router routes() {
        return Router.builder()
                .route("GET", "/api/courses/{id}/submissions", desk.member(this::list))
                .route("POST", "/api/courses/{id}/submissions", desk.member(this::submit))
                .route("PUT", "/api/courses/{id}/submissions/{sid}/grade", desk.member(this::grade))
                .build();
    }

    private Answer list(Exchange exchange, Member caller) {
        return Desk.list(
                Desk.value(submissions.list(caller, exchange.parameter("id"), Desk.pageRequest(exchange))),
                SubmissionHandlers::write);
    }

    private Answer submit(Exchange exchange, Member caller) {
        String text = exchange.json(fields -> fields.text("text"));
        new Rules().text("text", text, Rules.MAX_TEXT).orRefuse();
        Submission work = Desk.value(submissions.submit(caller, exchange.parameter("id"), text));
        Map<String, String> details = Map.of("course", work.course());
        audit.record(new SchoolEvent(SchoolEvent.Kind.SUBMITTED, caller, work.id(), details, desk.client(exchange)));
        return Answer.json(201, json -> json.text("id", work.id()));
    }

    private Answer grade(Exchange exchange, Member caller) {
        GradeBody body = exchange.json(GradeBody::read);
        new Rules()
                .check(body.grade().isPresent(), "grade", "points-0-10000-or-1-20-characters")
                .text("reason", body.reason(), Rules.MAX_REASON)
                .orRefuse();
        Submission.Graded graded = new Submission.Graded(body.grade().orElseThrow(), body.reason(), caller.user());
        Submissions.Work work = new Submissions.Work(exchange.parameter("id"), exchange.parameter("sid"));
        Client client = desk.client(exchange);
        Consumer<Submissions.Change> audited = change -> audit.record(event(caller, change, client));
        Submission done = Desk.value(submissions.grade(caller, work, graded, audited));
        return Answer.json(200, json -> write(json, done));
    }

    private static SchoolEvent event(Member caller, Submissions.Change change, Client client) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("course", change.before().course());
        details.put("student", change.before().user().value());
        details.put("grade", change.after().grade().text());
        details.put("reason", change.after().reason());
        change.before()
                .grade()
                .ifPresent(old -> details.put("previousGrade", old.grade().text()));
        return new SchoolEvent(SchoolEvent.Kind.GRADED, caller, change.before().id(), details, client);
    }

    private static void write(JsonWriter json, Submission work) {
        json.text("id", work.id()).text("userId", work.user().value()).text("text", work.text());
        work.grade().ifPresent(graded -> {
            graded.grade().fold(points -> json.number("grade", points), mark -> json.text("grade", mark));
            json.text("reason", graded.reason()).text("gradedBy", graded.by().value());
        });
    }

    private record GradeBody(Optional<Grade> grade, String reason) {
        static GradeBody read(JsonFields fields) {
            Optional<Grade> grade = fields.textOrNumber(
                    "grade",
                    text -> Optional.of(text).filter(Grade.Mark::accepts).map(Grade.Mark::new),
                    number -> Optional.of(number).filter(Grade.Points::accepts).map(Grade.Points::new));
            return new GradeBody(grade, fields.text("reason"));
        }
    }
}

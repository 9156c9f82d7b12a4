package dev.hardening.examples.lms.school;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("database")
class SchoolTest {
    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    private static final Map<Member, TenantRole> ROLES = new HashMap<>();

    private static final FakeClock CLOCK = FakeClock.create();
    private static final TenantId OTHER = new TenantId("other");
    private static final Member ADMIN = main("admin");
    private static final Member TEACHER = main("teacher");
    private static final Member STUDENT = main("student");
    private static final Member STRANGER = main("stranger");
    private static final PageRequest FIRST = new PageRequest(Optional.empty(), 100);

    private static School school;

    @BeforeAll
    static void open() {
        school = School.builder()
                .dataSource(SERVING.dataSource())
                .roles(member -> ROLES.getOrDefault(member, TenantRole.STUDENT))
                .cursorKey(Secret.of("a key of at least 32 characters ..."))
                .clock(CLOCK)
                .build();
        ROLES.put(ADMIN, TenantRole.ADMIN);
        ROLES.put(TEACHER, TenantRole.INSTRUCTOR);
        school.tenants().create(ADMIN, OTHER, "Other");
    }

    @Test
    void create_byRole_decidesWhoMay() {
        assertTrue(done(school.courses().create(TEACHER, "A")).id().length() >= 22);
        assertEquals("B", done(school.courses().create(ADMIN, "B")).title());
        assertEquals(Refusal.FORBIDDEN, refused(school.courses().create(STUDENT, "C")));
    }

    @Test
    @Tag("ASVS-8.2.2")
    void find_withoutStanding_isUnknown() {
        Course course = course();

        assertEquals(course, done(school.courses().find(TEACHER, course.id())));
        assertEquals(course, done(school.courses().find(ADMIN, course.id())));
        assertEquals(course, done(school.courses().find(STUDENT, course.id())));
        assertEquals(Refusal.UNKNOWN, refused(school.courses().find(STRANGER, course.id())));
        assertEquals(Refusal.UNKNOWN, refused(school.courses().find(TEACHER, "nothing")));
    }

    @Test
    @Tag("ASVS-8.4.1")
    void find_sameUserIdInAnotherTenant_isUnknown() {
        Course course = course();
        Member twin = new Member(OTHER, TEACHER.user());
        ROLES.put(twin, TenantRole.ADMIN);

        assertEquals(Refusal.UNKNOWN, refused(school.courses().find(twin, course.id())));
        assertEquals(Refusal.UNKNOWN, refused(school.submissions().list(twin, course.id(), FIRST)));
        assertEquals(
                Refusal.UNKNOWN,
                refused(school.courses().enrol(twin, course.id(), STUDENT.user(), CourseRole.STUDENT)));
        assertEquals(List.of(), done(school.courses().visible(twin, FIRST)).items());
    }

    @Test
    void enrol_byStanding_decidesWhoMay() {
        Course course = course();

        assertEquals(Refusal.FORBIDDEN, refused(enrol(STUDENT, course, main("x"), CourseRole.STUDENT)));
        assertEquals(Refusal.UNKNOWN, refused(enrol(STRANGER, course, STRANGER, CourseRole.INSTRUCTOR)));
        done(enrol(ADMIN, course, main("x"), CourseRole.STUDENT));
        assertFalse(done(enrol(TEACHER, course, main("x"), CourseRole.STUDENT)).anew());
        assertEquals(Refusal.CONFLICT, refused(enrol(TEACHER, course, main("x"), CourseRole.INSTRUCTOR)));
        assertEquals(Refusal.CONFLICT, refused(enrol(ADMIN, course, TEACHER, CourseRole.STUDENT)));
    }

    @Test
    void submit_byStanding_decidesWhoMay() {
        Course course = course();

        done(school.submissions().submit(STUDENT, course.id(), "work"));
        assertEquals(Refusal.FORBIDDEN, refused(school.submissions().submit(TEACHER, course.id(), "work")));
        assertEquals(Refusal.FORBIDDEN, refused(school.submissions().submit(ADMIN, course.id(), "work")));
        assertEquals(Refusal.UNKNOWN, refused(school.submissions().submit(STRANGER, course.id(), "work")));
    }

    @Test
    @Tag("ASVS-8.2.2")
    void list_ofWork_showsStudentsTheirOwn() {
        Course course = course();
        Member second = main("second");
        done(enrol(TEACHER, course, second, CourseRole.STUDENT));
        Submission mine = done(school.submissions().submit(STUDENT, course.id(), "mine"));
        Submission other = done(school.submissions().submit(second, course.id(), "other"));

        assertEquals(List.of(mine), work(STUDENT, course));
        assertEquals(List.of(other), work(second, course));
        assertEquals(2, work(TEACHER, course).size());
        assertEquals(2, work(ADMIN, course).size());
        assertEquals(Refusal.UNKNOWN, refused(school.submissions().list(STRANGER, course.id(), FIRST)));
    }

    @Test
    void grade_anew_tellsTheChangeAndKeepsTheLast() {
        Course course = course();
        Submission work = done(school.submissions().submit(STUDENT, course.id(), "work"));
        List<Submissions.Change> changes = new ArrayList<>();

        grade(TEACHER, course, work, new Grade.Points(new BigDecimal("71.50")), changes);
        grade(TEACHER, course, work, new Grade.Mark("A-"), changes);

        assertEquals(Optional.empty(), changes.get(0).before().grade());
        assertEquals(
                "71.5", changes.get(1).before().grade().orElseThrow().grade().text());
        assertEquals(
                new Grade.Mark("A-"),
                work(STUDENT, course).get(0).grade().orElseThrow().grade());
    }

    @Test
    void grade_byStanding_decidesWhoMay() {
        Course course = course();
        Submission work = done(school.submissions().submit(STUDENT, course.id(), "work"));
        Course second = course();
        List<Submissions.Change> changes = new ArrayList<>();
        Grade grade = new Grade.Mark("A");

        assertEquals(Refusal.FORBIDDEN, refused(grade(STUDENT, course, work, grade, changes)));
        assertEquals(Refusal.FORBIDDEN, refused(grade(ADMIN, course, work, grade, changes)));
        assertEquals(Refusal.UNKNOWN, refused(grade(STRANGER, course, work, grade, changes)));
        assertEquals(Refusal.UNKNOWN, refused(grade(TEACHER, second, work, grade, changes)));
        assertEquals(List.of(), changes);
    }

    @Test
    @Tag("ASVS-16.5.3")
    void grade_auditFails_givesNoGrade() {
        Course course = course();
        Submission work = done(school.submissions().submit(STUDENT, course.id(), "work"));
        Submission.Graded graded = new Submission.Graded(new Grade.Mark("A"), "why", TEACHER.user());

        assertThrows(
                UnsupportedOperationException.class,
                () -> school.submissions()
                        .grade(TEACHER, new Submissions.Work(course.id(), work.id()), graded, change -> {
                            throw new UnsupportedOperationException("the audit log is full");
                        }));

        assertEquals(Optional.empty(), work(STUDENT, course).get(0).grade());
    }

    @Test
    void visible_paged_givesEachCourseOnceInOrder() {
        Member teacher = main("pager");
        ROLES.put(teacher, TenantRole.INSTRUCTOR);
        List<Course> made = new ArrayList<>();
        for (int index = 0; index < 7; index++) {
            made.add(done(school.courses().create(teacher, "course " + index)));
            CLOCK.advance(index % 2 == 0 ? Duration.ZERO : Duration.ofNanos(1_000));
        }

        List<Course> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<Course> page = done(school.courses().visible(teacher, new PageRequest(cursor, 2)));
            assertTrue(page.items().size() <= 2);
            seen.addAll(page.items());
            cursor = page.next();
        } while (cursor.isPresent());

        assertEquals(7, seen.size());
        assertEquals(
                made.stream().map(Course::id).sorted().toList(),
                seen.stream().map(Course::id).sorted().toList());
    }

    @Test
    void visible_exactlyOnePage_hasNoNext() {
        Member teacher = main("onepage");
        ROLES.put(teacher, TenantRole.INSTRUCTOR);
        school.courses().create(teacher, "a");
        school.courses().create(teacher, "b");

        assertEquals(
                Optional.empty(),
                done(school.courses().visible(teacher, new PageRequest(Optional.empty(), 2)))
                        .next());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "AAAA", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void visible_madeUpCursor_isRefused(String cursor) {
        assertEquals(
                Refusal.BAD_CURSOR, refused(school.courses().visible(ADMIN, new PageRequest(Optional.of(cursor), 2))));
    }

    @Test
    void visible_cursorOfSomeoneElse_isRefused() {
        course();
        course();
        String cursor = done(school.courses().visible(TEACHER, new PageRequest(Optional.empty(), 1)))
                .next()
                .orElseThrow();

        done(school.courses().visible(TEACHER, new PageRequest(Optional.of(cursor), 1)));
        assertEquals(
                Refusal.BAD_CURSOR, refused(school.courses().visible(ADMIN, new PageRequest(Optional.of(cursor), 1))));
    }

    @Test
    void tenants_createdByAnyoneElse_isForbidden() {
        Member otherAdmin = new Member(OTHER, ADMIN.user());
        ROLES.put(otherAdmin, TenantRole.ADMIN);

        assertEquals(Refusal.FORBIDDEN, refused(school.tenants().create(TEACHER, new TenantId("third"), "Third")));
        assertEquals(Refusal.FORBIDDEN, refused(school.tenants().create(otherAdmin, new TenantId("third"), "Third")));
        assertEquals(
                new Tenants.Founded(new TenantId("third"), true),
                done(school.tenants().create(ADMIN, new TenantId("third"), "Third")));
        assertEquals(
                new Tenants.Founded(new TenantId("third"), false),
                done(school.tenants().create(ADMIN, new TenantId("third"), "Again")));
    }

    @Test
    void open_main_isTheOnlyOneThatTakesAnyone() {
        assertTrue(school.tenants().open(Tenants.MAIN));
        assertEquals(false, school.tenants().open(OTHER));
        assertEquals(false, school.tenants().open(new TenantId("nowhere")));
    }

    private static Course course() {
        Course course = done(school.courses().create(TEACHER, "course"));
        done(enrol(TEACHER, course, STUDENT, CourseRole.STUDENT));
        return course;
    }

    private static Outcome<Courses.Enrolled> enrol(Member actor, Course course, Member user, CourseRole role) {
        return school.courses().enrol(actor, course.id(), user.user(), role);
    }

    private static Outcome<Submission> grade(
            Member actor, Course course, Submission work, Grade grade, List<Submissions.Change> changes) {
        return school.submissions()
                .grade(
                        actor,
                        new Submissions.Work(course.id(), work.id()),
                        new Submission.Graded(grade, "because", actor.user()),
                        changes::add);
    }

    private static List<Submission> work(Member actor, Course course) {
        return done(school.submissions().list(actor, course.id(), FIRST)).items();
    }

    private static Member main(String user) {
        return new Member(Tenants.MAIN, new UserId(user));
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.fold(value -> value, refusal -> {
            throw new AssertionError(refusal);
        });
    }

    private static <T> Refusal refused(Outcome<T> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError(value);
                },
                refusal -> refusal);
    }
}

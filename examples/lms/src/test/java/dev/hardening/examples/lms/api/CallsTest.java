package dev.hardening.examples.lms.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.TenantId;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.ServingRole;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Expect;
import dev.hardening.examples.lms.web.RawHttp.Reply;
import dev.hardening.testing.TestPostgres;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("database")
class CallsTest {
    @Order(1)
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(ServingRole.SCHEMA);

    @Order(2)
    @RegisterExtension
    static final ServingRole SERVING = new ServingRole(POSTGRES);

    @Order(3)
    @RegisterExtension
    static final TestService SERVICE = new TestService(SERVING);

    private static final String PASSWORD = "\"password\":\"a long enough password\"";

    private static Member teacher;
    private static Member student;

    @BeforeAll
    static void people() {
        Member admin = SERVICE.user("main", "admin", TenantRole.ADMIN);
        SERVICE.school().tenants().create(admin, new TenantId("other"), "Other");
        teacher = SERVICE.user("main", "teacher", TenantRole.INSTRUCTOR);
        student = SERVICE.user("main", "student", TenantRole.STUDENT);
        SERVICE.user("main", "stranger", TenantRole.STUDENT);
    }

    @Test
    void setUp_ofANewSchool_makesItsAdministratorOnce() {
        String school = "{\"id\":\"fresh\",\"name\":\"F\"}";
        SERVICE.call("POST", "/api/admin/tenants", "main.admin", school);
        Reply tenant = SERVICE.call("POST", "/api/admin/tenants", "main.admin", school);
        String setup = "{\"token\":\"" + tenant.field("setupToken") + "\",\"email\":\"boss@example.org\",";

        Reply made = SERVICE.call("POST", "/api/setup", "", setup + PASSWORD + "}");
        Reply again = SERVICE.call("POST", "/api/setup", "", setup + PASSWORD + "}");

        assertEquals(201, tenant.status());
        assertEquals(201, made.status());
        Expect.problem(400, again);
        assertEquals(
                "{\"id\":\"boss\",\"email\":\"boss@example.org\",\"name\":\"boss\",\"tenant\":\"fresh\",\"roles\":[\"admin\"]}",
                SERVICE.get("/api/me", "fresh.boss").text());
        assertEquals(List.of("TENANT_CREATED", "SETUP_TOKEN_ISSUED", "ADMINISTRATOR_SET_UP"), kinds("fresh"));
    }

    @Test
    void walk_fromCourseToGrade_answersAsPromised() {
        SERVICE.user("other", "boss", TenantRole.ADMIN);
        SERVICE.user("other", "pupil", TenantRole.STUDENT);
        Reply course = call("POST", "/api/courses", "{\"title\":\"Ünïcode 😀\"}");
        String path = "/api/courses/" + course.field("id");
        assertEquals(201, course.status());
        assertEquals(course.text(), SERVICE.get(path, "other.boss").text());
        assertEquals(
                "{\"items\":[" + course.text() + "]}",
                SERVICE.get("/api/courses", "other.boss").text());

        String enrolment = "{\"userId\":\"pupil\",\"role\":\"student\"}";
        assertEquals(201, call("POST", path + "/enrolments", enrolment).status());
        assertEquals(201, call("POST", path + "/enrolments", enrolment).status());
        Reply work = SERVICE.call("POST", path + "/submissions", "other.pupil", "{\"text\":\"line\\nline\"}");
        String grade = path + "/submissions/" + work.field("id") + "/grade";
        assertEquals(201, work.status());
        assertEquals(
                200, call("PUT", grade, "{\"grade\":71.5,\"reason\":\"good\"}").status());
        String seen = SERVICE.get(path + "/submissions", "other.pupil").text();
        assertTrue(seen.contains("\"grade\":71.5,\"reason\":\"good\""), seen);
        assertEquals(List.of("COURSE_CREATED", "ENROLLED", "SUBMITTED", "GRADED"), kinds("other"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /api/courses                | main.student  | {'title':'a'}                       | 403",
                "GET  | /api/courses/{c}            | main.stranger |                                     | 404",
                "GET  | /api/courses/{c}            | other.teacher |                                     | 404",
                "GET  | /api/courses/nothing        | main.teacher  |                                     | 404",
                "POST | /api/courses/{c}/enrolments | main.student  | {'userId':'stranger','role':'student'} | 403",
                "POST | /api/courses/{c}/enrolments | main.stranger | {'userId':'stranger','role':'student'} | 404",
                "POST | /api/courses/{c}/enrolments | main.stranger | {'userId':'nobody','role':'student'} | 404",
                "POST | /api/courses/{c}/enrolments | main.teacher  | {'userId':'nobody','role':'student'} | 422",
                "POST | /api/courses/{c}/enrolments | main.teacher  | {'userId':'student','role':'instructor'} | 409",
                "POST | /api/courses/{c}/submissions | main.teacher | {'text':'a'}                        | 403",
                "POST | /api/courses/{c}/submissions | main.stranger | {'text':'a'}                       | 404",
                "GET  | /api/courses/{c}/submissions | main.stranger |                                    | 404",
                "GET  | /api/courses/{c}/submissions?cursor=x | main.teacher |                            | 400",
                "GET  | /api/courses?limit=0        | main.teacher  |                                     | 422",
                "GET  | /api/courses?limit=101      | main.teacher  |                                     | 422",
                "PUT  | /api/courses/{c}/submissions/{s}/grade | main.student  | {'grade':'A','reason':'r'} | 403",
                "PUT  | /api/courses/{c}/submissions/{s}/grade | main.admin    | {'grade':'A','reason':'r'} | 403",
                "PUT  | /api/courses/{c}/submissions/{s}/grade | main.stranger | {'grade':'A','reason':'r'} | 404",
                "PUT  | /api/courses/{c}/submissions/x/grade   | main.teacher  | {'grade':'A','reason':'r'} | 404",
                "POST | /api/admin/tenants          | main.teacher  | {'id':'abc','name':'n'}             | 403",
                "POST | /api/admin/tenants          | other.admin   | {'id':'abc','name':'n'}             | 403",
                "POST | /api/admin/tenants          | main.admin    | {'id':'main','name':'n'}            | 409",
                "POST | /api/admin/keys/signing/rotate | main.teacher | {}                                | 403",
                "POST | /api/admin/keys/signing/rotate | other.admin  | {}                                | 403",
                "POST | /api/admin/keys/nothing/rotate | main.admin   | {}                                | 404",
                "GET  | /api/me                     | main.gone     |                                     | 401",
            })
    @Tag("ASVS-8.2.1")
    void call_withoutTheRight_isRefusedWithTheRightStatus(
            String method, String path, String token, String json, int status) {
        String course = SERVICE.course(teacher, student);
        String filled = path.replace("{c}", course).replace("{s}", SERVICE.work(student, course));

        SERVICE.events.clear();

        Expect.problem(status, SERVICE.call(method, filled, token, json == null ? "" : json.replace('\'', '"')));
        assertEquals(
                status == 403 ? List.of(SchoolEvent.Kind.DENIED) : List.of(),
                SERVICE.events.stream().map(SchoolEvent::kind).toList());
    }

    @ParameterizedTest
    @CsvSource({"299, 202", "300, 202", "301, 401"})
    @Tag("ASVS-7.5.3")
    void rotate_byAgeOfTheProof_wantsOneOfTheLastFiveMinutes(long seconds, int status) {
        Member admin = SERVICE.user("main", "keeper", TenantRole.ADMIN);
        SERVICE.accounts.provenAt.put(admin, SERVICE.accounts.clock.instant().minusSeconds(seconds));

        Reply reply = SERVICE.call("POST", "/api/admin/keys/signing/rotate", "main.keeper", "");

        assertEquals(status, reply.status());
        if (status == 202) {
            assertEquals("next-of-signing", reply.field("nextKey"));
        } else {
            Expect.problem(401, reply);
            assertTrue(reply.header("WWW-Authenticate")
                    .contains("error=\"insufficient_user_authentication\", max_age=\"300\""));
        }
    }

    @Test
    @Tag("ASVS-16.3.4")
    void rotate_aRing_isRecordedBeforeItTurnsAndAfter() {
        SERVICE.rings.promoteAll();
        SERVICE.events.clear();

        assertEquals(
                202,
                SERVICE.call("POST", "/api/admin/keys/sealing/rotate", "main.admin", "")
                        .status());
        List<SchoolEvent> first = SERVICE.rings.recordedBefore();
        assertEquals(
                202,
                SERVICE.call("POST", "/api/admin/keys/sealing/rotate", "main.admin", "")
                        .status());

        assertEquals(List.of("ROTATION_ASKED sealing {}"), told(first));
        assertEquals(
                List.of(
                        "ROTATION_ASKED sealing {}",
                        "ROTATION_BEGUN sealing {added=true, key=next-of-sealing}",
                        "ROTATION_ASKED sealing {}",
                        "ROTATION_BEGUN sealing {added=false, key=next-of-sealing}"),
                told(SERVICE.events));
    }

    @Test
    @Tag("ASVS-16.3.4")
    void rotate_aRingThatIsFull_is409AndRecorded() {
        SERVICE.events.clear();

        Expect.problem(409, SERVICE.call("POST", "/api/admin/keys/full/rotate", "main.admin", ""));

        assertEquals(List.of("ROTATION_ASKED full {}", "ROTATION_REFUSED full {added=false}"), told(SERVICE.events));
    }

    @Test
    @Tag("ASVS-16.3.4")
    void rotate_aRingThatCannotBeReached_is503AndRecorded() {
        SERVICE.events.clear();

        Expect.problem(503, SERVICE.call("POST", "/api/admin/keys/out/rotate", "main.admin", ""));

        assertEquals(List.of("ROTATION_ASKED out {}", "ROTATION_REFUSED out {added=false}"), told(SERVICE.events));
    }

    @Test
    @Tag("ASVS-8.2.1")
    void anyCallOfAMember_withoutToken_is401WithAChallenge() {
        Reply reply = SERVICE.get("/api/courses", "");

        Expect.problem(401, reply);
        assertTrue(reply.header("WWW-Authenticate").startsWith("Bearer"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'grade':-1,'reason':'r'}",
                "{'grade':10000.01,'reason':'r'}",
                "{'grade':1.234,'reason':'r'}",
                "{'grade':1e999999999,'reason':'r'}",
                "{'grade':1e-999999999,'reason':'r'}",
                "{'grade':'','reason':'r'}",
                "{'grade':'123456789012345678901','reason':'r'}",
                "{'grade':'A\\u0007','reason':'r'}",
                "{'grade':'A\\u202eB','reason':'r'}",
                "{'grade':'A\\nB','reason':'r'}",
                "{'grade':'A','reason':''}"
            })
    void grade_ofOtherValues_is422WithViolations(String json) {
        String course = SERVICE.course(teacher, student);
        String path = "/api/courses/" + course + "/submissions/" + SERVICE.work(student, course) + "/grade";

        Reply reply = SERVICE.call("PUT", path, "main.teacher", json.replace('\'', '"'));

        Expect.problem(422, reply);
        assertTrue(reply.text().contains("\"violations\":[{\"field\":\""), reply.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "10000", "99.99", "\"A-\"", "1e2", "\"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\""})
    void grade_atTheBounds_isTaken(String grade) {
        String course = SERVICE.course(teacher, student);
        String path = "/api/courses/" + course + "/submissions/" + SERVICE.work(student, course) + "/grade";

        assertEquals(
                200,
                SERVICE.call("PUT", path, "main.teacher", "{\"grade\":" + grade + ",\"reason\":\"r\"}")
                        .status());
    }

    @ParameterizedTest
    @CsvSource({"200, 201", "201, 422"})
    void title_aroundItsLimit_isCountedInCodePoints(int length, int status) {
        assertEquals(
                status,
                SERVICE.call("POST", "/api/courses", "main.teacher", "{\"title\":\"" + "😀".repeat(length) + "\"}")
                        .status());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "a\\nb", "a\\u202eb", "a\\u200fb", "a\\u009bb", "a\\u2028b"})
    void title_thatIsNoLineOfText_is422(String title) {
        Expect.problem(422, SERVICE.call("POST", "/api/courses", "main.teacher", "{\"title\":\"" + title + "\"}"));
    }

    @Test
    void list_ofManyCourses_isPagedByCursor() {
        SERVICE.user("main", "pager", TenantRole.INSTRUCTOR);
        for (int index = 0; index < 3; index++) {
            SERVICE.call("POST", "/api/courses", "main.pager", "{\"title\":\"t" + index + "\"}");
        }

        Reply first = SERVICE.get("/api/courses?limit=2", "main.pager");
        Reply second = SERVICE.get("/api/courses?limit=2&cursor=" + first.field("next"), "main.pager");

        assertEquals(2, first.text().split("\"title\"", -1).length - 1);
        assertEquals(1, second.text().split("\"title\"", -1).length - 1);
        assertFalse(second.text().contains("next"));
        Expect.problem(400, SERVICE.get("/api/courses?cursor=" + first.field("next"), "main.teacher"));
    }

    @Test
    @Tag("ASVS-6.3.8")
    void register_inAnySchool_answersTheSame() {
        String body = "{\"email\":\"new@example.org\",\"name\":\"New\"," + PASSWORD;
        SERVICE.accounts.registrations.clear();

        List<Reply> replies = List.of(
                SERVICE.call("POST", "/api/auth/register", "", body + "}"),
                SERVICE.call("POST", "/api/auth/register", "", body + ",\"tenant\":\"main\"}"),
                SERVICE.call("POST", "/api/auth/register", "", body + ",\"tenant\":\"nowhere\"}"),
                SERVICE.call("POST", "/api/auth/register", "", body + ",\"tenant\":\"NO NAME!\"}"));

        for (Reply reply : replies) {
            assertEquals(202, reply.status());
            assertEquals("", reply.text());
            assertEquals(withoutTimes(replies.get(0)), withoutTimes(reply));
        }
        assertEquals(
                List.of("main", "main", "nowhere", "0"),
                SERVICE.accounts.registrations.stream().map(TenantId::value).toList());
    }

    @Test
    void register_withRefusedValues_is422NamingThem() {
        Reply address = SERVICE.call(
                "POST", "/api/auth/register", "", "{\"email\":\"nobody\",\"name\":\"\\n\"," + PASSWORD + "}");
        Reply password = SERVICE.call(
                "POST",
                "/api/auth/register",
                "",
                "{\"email\":\"a@example.org\",\"name\":\"A\",\"password\":\"short\"}");

        Expect.problem(422, address);
        assertTrue(
                address.text().contains("\"field\":\"email\"") && address.text().contains("\"field\":\"name\""));
        Expect.problem(422, password);
        assertTrue(password.text().contains("{\"field\":\"password\",\"rule\":\"too-short\"}"));
    }

    @ParameterizedTest
    @CsvSource({"good, 200", "slow, 429", "busy, 503", "wrong, 401"})
    void login_byOutcome_hasItsStatus(String who, int status) {
        Reply reply = SERVICE.call(
                "POST", "/api/auth/login", "", "{\"email\":\"" + who + "@example.org\",\"password\":\"x\"}");

        assertEquals(status, reply.status());
        assertEquals(status == 429 ? "2" : status == 503 ? "1" : "", reply.header("Retry-After"));
        Expect.hardened(reply);
        if (status == 200) {
            assertEquals(
                    "{\"accessToken\":\"access\",\"refreshToken\":\"refresh\",\"expiresIn\":600,\"tokenType\":\"Bearer\"}",
                    reply.text());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/auth/verify  | {'token':'good','password':'p'}  | 204",
                "/api/auth/verify  | {'token':'bad','password':'p'}   | 400",
                "/api/auth/resend  | {'email':'not an address'}       | 202",
                "/api/auth/refresh | {'refreshToken':'refresh'}       | 200",
                "/api/auth/refresh | {'refreshToken':'other'}         | 401",
                "/api/auth/logout  | {'refreshToken':'anything'}      | 204",
            })
    void authCall_byOutcome_hasItsStatus(String path, String json, int status) {
        Reply reply = SERVICE.call("POST", path, "", json.replace('\'', '"'));

        assertEquals(status, reply.status());
        Expect.hardened(reply);
    }

    @Test
    void setUp_withARefusedPassword_keepsTheToken() {
        Reply tenant = SERVICE.call("POST", "/api/admin/tenants", "main.admin", "{\"id\":\"keep\",\"name\":\"K\"}");
        String token = tenant.field("setupToken");
        String body = "{\"token\":\"" + token + "\",\"email\":\"a@example.org\",\"password\":";

        Expect.problem(422, SERVICE.call("POST", "/api/setup", "", body + "\"short\"}"));
        assertEquals(
                201,
                SERVICE.call("POST", "/api/setup", "", body + "\"a long enough password\"}")
                        .status());
    }

    @Test
    void jwks_anyone_isCacheable() {
        Reply reply = SERVICE.get("/.well-known/jwks.json", "");

        assertEquals("public, max-age=300", reply.header("Cache-Control"));
        assertEquals("{\"keys\":[]}", reply.text());
        Expect.hardened(reply);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/verify"})
    @Tag("ASVS-3.4.3")
    void page_eachTime_hasANonceOfItsOwn(String path) {
        Reply first = SERVICE.get(path, "");
        Reply second = SERVICE.get(path, "");
        String policy = first.header("Content-Security-Policy");
        String nonce = policy.replaceAll(".*script-src 'nonce-([^']+)'.*", "$1");

        assertEquals(200, first.status());
        assertEquals("text/html;charset=utf-8", first.header("Content-Type"));
        assertTrue(first.text().contains("<style nonce=\"" + nonce + "\">"), policy);
        assertFalse(policy.contains("unsafe"));
        assertFalse(policy.equals(second.header("Content-Security-Policy")));
        assertFalse(first.text().contains("{{"));
        Expect.hardened(first);
    }

    @Test
    void startPage_listsEveryCall() {
        String page = SERVICE.get("/", "").text();

        SERVICE.router().routes().forEach(route -> assertTrue(page.contains("<code>" + route.template() + "</code>")));
    }

    private static Reply call(String method, String path, String json) {
        return SERVICE.call(method, path, "other.boss", json);
    }

    private static List<String> told(List<SchoolEvent> events) {
        return events.stream()
                .map(event -> event.kind() + " " + event.target() + " " + new TreeMap<>(event.details()))
                .toList();
    }

    private static List<String> kinds(String tenant) {
        return SERVICE.events.stream()
                .filter(event -> event.kind() != SchoolEvent.Kind.DENIED)
                .filter(event -> event.actor().tenant().value().equals(tenant)
                        || event.target().equals(tenant))
                .map(event -> event.kind().name())
                .toList();
    }

    private static List<String> withoutTimes(Reply reply) {
        return reply.headerLines().stream()
                .filter(line -> !line.startsWith("Date:") && !line.startsWith("X-Request-Id:"))
                .toList();
    }
}

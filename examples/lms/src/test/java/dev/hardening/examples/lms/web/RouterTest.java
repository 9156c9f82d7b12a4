package dev.hardening.examples.lms.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.examples.lms.web.Router.Match;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
    private static final Handler NOTHING = exchange -> Answer.empty(204);

    private final Router router = Router.builder()
            .route("GET", "/", NOTHING)
            .route("GET", "/api/courses", NOTHING)
            .route("POST", "/api/courses", NOTHING)
            .route("GET", "/api/courses/{id}", NOTHING)
            .route("PUT", "/api/courses/{id}/submissions/{sid}/grade", NOTHING)
            .route("GET", "/api/courses/mine", exchange -> Answer.empty(200))
            .build();

    @Test
    void find_template_bindsItsParameters() {
        Match match = router.find("PUT", "/api/courses/a-1/submissions/B_2/grade");

        Match.Found found = assertInstanceOf(Match.Found.class, match);
        assertEquals(Map.of("id", "a-1", "sid", "B_2"), found.parameters());
        assertEquals("/api/courses/{id}/submissions/{sid}/grade", found.template());
    }

    @Test
    void find_literalBesideParameter_theLiteralWins() {
        Match.Found found = assertInstanceOf(Match.Found.class, router.find("GET", "/api/courses/mine"));

        assertEquals("/api/courses/mine", found.template());
    }

    @Test
    void find_head_goesWhereGetGoes() {
        assertInstanceOf(Match.Found.class, router.find("HEAD", "/api/courses"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "TRACE", "get", "PATCH", "OPTIONS", ""})
    @Tag("ASVS-4.1.4")
    void find_otherMethod_namesTheAllowedOnes(String method) {
        Match.WrongMethod wrong = assertInstanceOf(Match.WrongMethod.class, router.find(method, "/api/courses"));

        assertEquals("GET, HEAD, OPTIONS, POST", wrong.allow());
    }

    @Test
    void find_methodOfNoGet_allowsNoHead() {
        Match.WrongMethod wrong =
                assertInstanceOf(Match.WrongMethod.class, router.find("HEAD", "/api/courses/a/submissions/b/grade"));

        assertEquals("OPTIONS, PUT", wrong.allow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "//",
                "/api",
                "/api/",
                "/api/courses/",
                "//api/courses",
                "/api//courses",
                "/API/courses",
                "/api/courses/a/",
                "/api/courses/.",
                "/api/courses/..",
                "/api/./courses",
                "/api/x/../courses",
                "/api/courses;x=1",
                "/api/courses/a;x",
                "/api/%63ourses",
                "/api/courses/%2e%2e",
                "/api/courses/a%2fb",
                "/api/courses/a%00",
                "/api\\courses",
                "/api/courses/ä",
                "*",
                "http://x/api/courses",
                "/api/courses/a b"
            })
    void find_pathInAnotherForm_isUnknown(String path) {
        assertInstanceOf(Match.Unknown.class, router.find("GET", path));
    }

    @Test
    void find_parameter_takesUpToSixtyFourCharacters() {
        assertInstanceOf(Match.Found.class, router.find("GET", "/api/courses/" + "a".repeat(64)));
        assertInstanceOf(Match.Unknown.class, router.find("GET", "/api/courses/" + "a".repeat(65)));
    }

    @Test
    void route_twice_isRefused() {
        Router.Builder builder = Router.builder().route("GET", "/a", NOTHING);

        assertThrows(IllegalArgumentException.class, () -> builder.route("GET", "/a", NOTHING));
    }
}

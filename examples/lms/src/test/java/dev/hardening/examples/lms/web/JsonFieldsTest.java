package dev.hardening.examples.lms.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFieldsTest {
    private record Body(String email, Optional<String> name, String grade) {
        static Body read(JsonFields fields) {
            return new Body(
                    fields.text("email"),
                    fields.optionalText("name"),
                    fields.textOrNumber("grade", text -> "text " + text, number -> "number " + number));
        }
    }

    @Test
    void read_wholeObject_fillsTheRecord() {
        Body body = read("{\"grade\":1.5,\"email\":\"a@b.c\",\"name\":\"\\u00e4\\ud83d\\ude00\"}");

        assertEquals(new Body("a@b.c", Optional.of("ä😀"), "number 1.5"), body);
    }

    @Test
    void read_optionalFieldLeftOut_isEmpty() {
        assertEquals(new Body("a", Optional.empty(), "text B"), read("{\"email\":\"a\",\"grade\":\"B\"}"));
    }

    @ParameterizedTest
    @Tag("ASVS-1.5.3")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{`email`:5,`grade`:1}                               | email | not-a-string",
                "{`email`:true,`grade`:1}                            | email | not-a-string",
                "{`email`:null,`grade`:1}                            | email | not-a-string",
                "{`email`:`a`,`name`:null,`grade`:1}                 | name  | not-a-string",
                "{`email`:`a`,`grade`:false}                         | grade | not-a-string-or-number",
                "{`email`:[`a`],`grade`:1}                           | email | nested",
                "{`email`:{`a`:1},`grade`:1}                         | email | nested",
                "{`grade`:1}                                         | email | missing",
                "{`email`:`a`}                                       | grade | missing",
                "{`email`:`a`,`grade`:1,`admin`:true}                | admin | unknown-field",
                "{`email`:`a`,`grade`:1,`<script>`:1}                | ''    | unknown-field",
                "{`email`:`a`,`email`:`b`,`grade`:1}                 | email | duplicate-field",
                "{`email`:`a`,`\\u0065mail`:`b`,`grade`:1}           | email | duplicate-field",
                "{`email`:`a`,`grade`:1} {}                          | ''    | trailing-content",
                "{`email`:`a`,`grade`:1}x                            | ''    | not-json",
                "{`email`:`\\u0000`,`grade`:1}                       | email | forbidden-character",
                "{`email`:`\\ud800`,`grade`:1}                       | email | forbidden-character",
                "{`email`:`\\udc00\\ud800`,`grade`:1}                | email | forbidden-character",
                "{`\\u0000`:1}                                       | ''    | forbidden-character",
                "{`email`:`a`,`grade`:01}                            | grade | not-json",
                "{`email`:`a`,`grade`:NaN}                           | grade | not-json",
                "{`email`:`a`,`grade`:+1}                            | grade | not-json",
                "{`email`:`a`,`grade`:123456789012345678901234567890123} | grade | too-large",
                "{'email':'a'}                                       | ''    | not-json",
                "{`email`:`a`,}                                      | email | not-json",
                "{/**/`email`:`a`}                                   | ''    | not-json",
                "[]                                                  | ''    | not-an-object",
                "`text`                                              | ''    | not-an-object",
                "null                                                | ''    | not-an-object",
                "''                                                  | ''    | not-an-object",
                "{                                                   | ''    | not-json",
                "{`email`:`a                                         | email | not-json",
            })
    void read_anythingElse_isRefusedByFieldAndRule(String document, String field, String rule) {
        String json = document == null ? "" : document.strip().replace('`', '"');

        Problem problem = refused(json.equals("''") ? "" : json);

        assertEquals(400, problem.status());
        assertEquals(
                List.of(new Violation("''".equals(field) || field == null ? "" : field, rule)), problem.violations());
    }

    @ParameterizedTest
    @CsvSource({"c0af", "ff", "eda080", "c3", "f4908080", "e282"})
    void read_bytesThatAreNotUtf8_areRefused(String hex) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("{\"email\":\"".getBytes(StandardCharsets.UTF_8));
        body.writeBytes(java.util.HexFormat.of().parseHex(hex));
        body.writeBytes("\",\"grade\":1}".getBytes(StandardCharsets.UTF_8));

        ProblemException refused =
                assertThrows(ProblemException.class, () -> JsonFields.read(body.toByteArray(), Body::read));

        assertEquals("not-utf-8", refused.problem().violations().get(0).rule());
    }

    @Test
    void read_byteOrderMark_isRefused() {
        assertEquals(400, refused("\ufeff{\"email\":\"a\",\"grade\":1}").status());
    }

    @Test
    void read_deepNesting_isRefusedWithoutAStackOverflow() {
        assertEquals(400, refused("{\"email\":" + "[".repeat(500_000)).status());
    }

    @Test
    void read_manyFields_areRefused() {
        StringBuilder json = new StringBuilder("{\"f0\":1");
        for (int index = 1; index < 40; index++) {
            json.append(",\"f").append(index).append("\":1");
        }

        assertEquals(
                "too-many-fields",
                refused(json.append('}').toString()).violations().get(0).rule());
    }

    @Test
    void read_numberWithHugeExponent_isNotExpanded() {
        Object number = JsonFields.read(
                "{\"n\":1e999999999}".getBytes(StandardCharsets.UTF_8),
                fields -> fields.textOrNumber("n", text -> BigDecimal.ZERO, value -> value));

        assertEquals(-999999999, ((BigDecimal) number).scale());
    }

    @Test
    void secret_emptyString_isRefused() {
        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> JsonFields.read(
                        "{\"token\":\"\"}".getBytes(StandardCharsets.UTF_8), fields -> fields.secret("token")));

        assertEquals(
                new Violation("token", "empty"), refused.problem().violations().get(0));
    }

    @Test
    @Tag("ASVS-16.5.1")
    void problem_anyRefusal_repeatsNoValue() {
        for (String json : List.of(
                "{\"email\":\"a\",\"grade\":1,\"x\":\"canary\"}",
                "{\"canary-canary-canary\":\"canary\"",
                "{\"email\":\"canary",
                "{\"email\":\"canary\\u0000\"}",
                "canary")) {
            String document = new String(refused(json).json(), StandardCharsets.UTF_8);

            assertFalse(document.contains("canary"), document);
        }
    }

    private static Body read(String json) {
        return JsonFields.read(json.getBytes(StandardCharsets.UTF_8), Body::read);
    }

    private static Problem refused(String json) {
        return assertThrows(ProblemException.class, () -> read(json)).problem();
    }
}

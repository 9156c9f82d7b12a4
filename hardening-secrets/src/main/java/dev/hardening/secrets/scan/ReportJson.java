package dev.hardening.secrets.scan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.hardening.secrets.scan.ScanReport.Counts;
import dev.hardening.secrets.scan.ScanReport.Finding;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** The report as JSON of our own and as SARIF 2.1.0. */
final class ReportJson {
    static final String SCHEMA =
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private ReportJson() {}

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    static String json(ScanReport report) {
        return object(json -> {
            json.writeStringField("format", "hardening-scan/1");
            json.writeBooleanField("passed", report.passed());
            json.writeBooleanField("clean", report.clean());
            json.writeBooleanField("complete", report.complete());
            findings(json, "findings", report.findings());
            findings(json, "known", report.known());
            json.writeArrayFieldStart("stale");
            for (Baseline.Entry entry : report.stale()) {
                json.writeStartObject();
                json.writeStringField("rule", entry.rule());
                json.writeStringField("path", entry.path());
                json.writeStringField("fingerprint", entry.fingerprint());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("unscanned");
            for (ScanReport.Unscanned file : report.unscanned()) {
                json.writeStartObject();
                json.writeStringField("path", file.path());
                json.writeStringField("reason", spelled(file.reason()));
                json.writeEndObject();
            }
            json.writeEndArray();
            counts(json, report.counts());
        });
    }

    private static void findings(JsonGenerator json, String name, Iterable<Finding> findings) throws IOException {
        json.writeArrayFieldStart(name);
        for (Finding finding : findings) {
            json.writeStartObject();
            json.writeStringField("rule", finding.rule());
            json.writeStringField("description", finding.description());
            json.writeStringField("severity", spelled(finding.severity()));
            json.writeStringField("path", finding.path());
            json.writeNumberField("line", finding.line());
            json.writeNumberField("column", finding.column());
            json.writeStringField("excerpt", finding.excerpt());
            json.writeStringField("fingerprint", finding.fingerprint());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void counts(JsonGenerator json, Counts counts) throws IOException {
        json.writeObjectFieldStart("counts");
        json.writeNumberField("files", counts.files());
        json.writeNumberField("bytes", counts.bytes());
        json.writeNumberField("binaries", counts.binaries());
        json.writeNumberField("links", counts.links());
        json.writeNumberField("allowed", counts.allowed());
        json.writeEndObject();
    }

    static String sarif(ScanReport report) {
        return object(json -> {
            json.writeStringField("$schema", SCHEMA);
            json.writeStringField("version", "2.1.0");
            json.writeArrayFieldStart("runs");
            json.writeStartObject();
            tool(json);
            json.writeStringField("columnKind", "unicodeCodePoints");
            invocation(json, report);
            json.writeArrayFieldStart("results");
            for (Finding finding : report.findings()) {
                result(json, finding, "new");
            }
            for (Finding finding : report.known()) {
                result(json, finding, "unchanged");
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    private static void tool(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("tool");
        json.writeObjectFieldStart("driver");
        json.writeStringField("name", "hardening-secrets");
        json.writeArrayFieldStart("rules");
        for (Rule rule : RuleBook.rules()) {
            rule(json, rule.id(), rule.description(), rule.severity());
        }
        rule(json, RuleBook.KEY_STORE, KeyStores.DESCRIPTION, Severity.HIGH);
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void rule(JsonGenerator json, String id, String description, Severity severity) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id);
        json.writeObjectFieldStart("shortDescription");
        json.writeStringField("text", description);
        json.writeEndObject();
        json.writeObjectFieldStart("defaultConfiguration");
        json.writeStringField("level", level(severity));
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void invocation(JsonGenerator json, ScanReport report) throws IOException {
        json.writeArrayFieldStart("invocations");
        json.writeStartObject();
        json.writeBooleanField("executionSuccessful", true);
        json.writeArrayFieldStart("toolExecutionNotifications");
        for (ScanReport.Unscanned file : report.unscanned()) {
            json.writeStartObject();
            json.writeStringField("level", "warning");
            text(json, "message", "not scanned: " + spelled(file.reason()));
            json.writeArrayFieldStart("locations");
            json.writeStartObject();
            json.writeObjectFieldStart("physicalLocation");
            artifact(json, file.path());
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
    }

    private static void result(JsonGenerator json, Finding finding, String state) throws IOException {
        json.writeStartObject();
        json.writeStringField("ruleId", finding.rule());
        json.writeStringField("level", level(finding.severity()));
        text(json, "message", finding.description() + ": " + finding.excerpt());
        json.writeArrayFieldStart("locations");
        json.writeStartObject();
        json.writeObjectFieldStart("physicalLocation");
        artifact(json, finding.path());
        json.writeObjectFieldStart("region");
        json.writeNumberField("startLine", finding.line());
        json.writeNumberField("startColumn", finding.column());
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndArray();
        json.writeObjectFieldStart("partialFingerprints");
        json.writeStringField("secret/v1", finding.fingerprint());
        json.writeEndObject();
        json.writeStringField("baselineState", state);
        json.writeArrayFieldStart("suppressions");
        if (state.equals("unchanged")) {
            json.writeStartObject();
            json.writeStringField("kind", "external");
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void artifact(JsonGenerator json, String path) throws IOException {
        json.writeObjectFieldStart("artifactLocation");
        json.writeStringField("uri", uri(path));
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String name, String text) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("text", text);
        json.writeEndObject();
    }

    /** A relative reference: a colon in the first segment would be read as a scheme (RFC 3986, section 4.2). */
    private static String uri(String path) {
        try {
            return new URI(null, null, "/" + path, null)
                    .toASCIIString()
                    .substring(1)
                    .replace(":", "%3A");
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException("every path can be escaped", impossible);
        }
    }

    private static String level(Severity severity) {
        return severity == Severity.HIGH ? "error" : "warning";
    }

    private static String spelled(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String object(Body body) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return text.append('\n').toString();
    }
}

package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No object of the report has a property that section 3 of SARIF 2.1.0 does not define for it. */
class SarifTest {
    private static final String MESSAGE = "text markdown id arguments";
    private static final String LOCATION = "id physicalLocation logicalLocations message annotations relationships";
    private static final String PHYSICAL_LOCATION = "address artifactLocation region contextRegion";
    private static final String ARTIFACT_LOCATION = "uri uriBaseId index description";
    private static final String REGION = "startLine startColumn endLine endColumn charOffset charLength byteOffset "
            + "byteLength snippet message sourceLanguage";
    private static final String RUN =
            "tool invocations conversion language versionControlProvenance originalUriBaseIds "
                    + "artifacts logicalLocations graphs results automationDetails runAggregates baselineGuid redactionTokens "
                    + "defaultEncoding defaultSourceLanguage newlineSequences columnKind externalPropertyFileReferences "
                    + "threadFlowLocations taxonomies addresses translations policies webRequests webResponses "
                    + "specialLocations";
    private static final String COMPONENT = "guid name organization product productSuite shortDescription "
            + "fullDescription fullName version semanticVersion dottedQuadFileVersion releaseDateUtc downloadUri "
            + "informationUri globalMessageStrings notifications rules taxa locations language contents "
            + "isComprehensive localizedDataSemanticVersion minimumRequiredLocalizedDataSemanticVersion "
            + "associatedComponent translationMetadata supportedTaxonomies";
    private static final String DESCRIPTOR = "id deprecatedIds guid deprecatedGuids name deprecatedNames "
            + "shortDescription fullDescription messageStrings defaultConfiguration helpUri help relationships";
    private static final String INVOCATION = "commandLine arguments responseFiles startTimeUtc endTimeUtc exitCode "
            + "ruleConfigurationOverrides notificationConfigurationOverrides toolExecutionNotifications "
            + "toolConfigurationNotifications exitCodeDescription exitSignalName exitSignalNumber "
            + "processStartFailureMessage executionSuccessful machine account processId executableLocation "
            + "workingDirectory environmentVariables stdin stdout stderr stdoutStderr";
    private static final String NOTIFICATION =
            "locations message level threadId timeUtc exception descriptor associatedRule";
    private static final String RESULT = "ruleId ruleIndex rule kind level message analysisTarget locations guid "
            + "correlationGuid occurrenceCount partialFingerprints fingerprints stacks codeFlows graphs "
            + "graphTraversals relatedLocations suppressions baselineState rank attachments hostedViewerUri "
            + "workItemUris provenance fixes taxa webRequest webResponse";
    private static final String NOTIFICATIONS = "/runs/invocations/toolExecutionNotifications";

    /** Where an object is, without the numbers of arrays, and what it may have. */
    private static final Map<String, String> DEFINED = Map.ofEntries(
            Map.entry("", "version $schema runs inlineExternalProperties"),
            Map.entry("/runs", RUN),
            Map.entry("/runs/tool", "driver extensions"),
            Map.entry("/runs/tool/driver", COMPONENT),
            Map.entry("/runs/tool/driver/rules", DESCRIPTOR),
            Map.entry("/runs/tool/driver/rules/shortDescription", "text markdown"),
            Map.entry("/runs/tool/driver/rules/defaultConfiguration", "enabled level rank parameters"),
            Map.entry("/runs/invocations", INVOCATION),
            Map.entry(NOTIFICATIONS, NOTIFICATION),
            Map.entry(NOTIFICATIONS + "/message", MESSAGE),
            Map.entry(NOTIFICATIONS + "/locations", LOCATION),
            Map.entry(NOTIFICATIONS + "/locations/physicalLocation", PHYSICAL_LOCATION),
            Map.entry(NOTIFICATIONS + "/locations/physicalLocation/artifactLocation", ARTIFACT_LOCATION),
            Map.entry("/runs/results", RESULT),
            Map.entry("/runs/results/message", MESSAGE),
            Map.entry("/runs/results/locations", LOCATION),
            Map.entry("/runs/results/locations/physicalLocation", PHYSICAL_LOCATION),
            Map.entry("/runs/results/locations/physicalLocation/artifactLocation", ARTIFACT_LOCATION),
            Map.entry("/runs/results/locations/physicalLocation/region", REGION),
            Map.entry("/runs/results/suppressions", "guid kind status justification location"));

    /** Its names are the tool's own (section 3.27.17). */
    private static final String FREE = "/runs/results/partialFingerprints";

    @TempDir
    Path root;

    private static Set<String> properties(String document) throws IOException {
        Set<String> paths = new TreeSet<>();
        try (JsonParser json = new JsonFactory().createParser(document)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    paths.add(
                            json.getParsingContext().pathAsPointer().toString().replaceAll("/[0-9]+(?=/)", ""));
                }
            }
        }
        return paths;
    }

    private static boolean defined(String path) {
        int name = path.lastIndexOf('/');
        String object = path.substring(0, name);
        return object.equals(FREE)
                || List.of(DEFINED.getOrDefault(object, "").split(" ", -1)).contains(path.substring(name + 1));
    }

    /** A report with all parts: new findings and known ones, and files that were not read. */
    private String report() throws IOException {
        Samples samples = new Samples(SeededRandom.of("SarifTest"));
        Baseline baseline = new Baseline(new byte[16], 1_000, List.of());
        Files.writeString(
                root.resolve("known"), samples.all().get("github-token").get(0).text());
        baseline = baseline.accept(
                RepositoryScanner.builder().baseline(baseline).build().scan(root));
        Files.writeString(
                root.resolve("new"), samples.all().get("password").get(0).text());
        Files.writeString(root.resolve("large"), "x".repeat(5_001));
        return RepositoryScanner.builder()
                .baseline(baseline)
                .largestFile(5_000)
                .build()
                .scan(root)
                .toSarif();
    }

    @Test
    void toSarif_everyProperty_isOneOfTheStandard() throws IOException {
        Set<String> properties = properties(report());

        assertEquals(
                List.of(), properties.stream().filter(path -> !defined(path)).toList());
        for (String object : DEFINED.keySet()) {
            assertTrue(properties.stream().anyMatch(path -> path.startsWith(object + "/")), object + " is not written");
        }
    }

    @Test
    void defined_propertyOfAnotherObject_isNot() {
        assertEquals(
                List.of("/runs/results/uri", "/runs/results/message/level", "/fingerprint"),
                List.of("/runs/results/uri", "/runs/results/kind", "/runs/results/message/level", "/fingerprint")
                        .stream()
                        .filter(path -> !defined(path))
                        .toList());
    }
}
